#include "image/pixel_recipe.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "base/file_status.h"
#include "formats/json.h"
#include "image/processors.h"

namespace puente {
namespace {

using image_detail::ProcessorDefaults;

/// crop_size's default, for every processor that crops.
constexpr int kCropEdge = 224;
/// Far beyond any encoder's input; keeps sizes in an int and memory in bounds.
constexpr int64_t kLargestEdge = 16384;

/// Looks keys up and says what is wrong with one.
class Config {
 public:
  Config(const std::filesystem::path& path, Processor untyped)
      : path_(path.string()), json_(read_json(path)) {
    if (!json_.is_object()) fail("{}: is not a JSON object", path_);
    processor_ = &image_detail::defaults_of(untyped);
    for (const char* key : {"image_processor_type", "feature_extractor_type"}) {
      const Json* type = find(key);
      if (!type) continue;
      const std::string name = type->is_string() ? type->get<std::string>() : "";
      processor_ = image_detail::find_processor(name);
      if (!processor_) refuse(key, *type, image_detail::known_processors());
      null_is_default_ = name.ends_with("Fast");
      break;
    }
  }

  const ProcessorDefaults& processor() const { return *processor_; }

  /// nullptr where the key is absent or null.
  const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }

  [[noreturn]] void refuse(const std::string& key, const Json& value,
                           std::string_view wanted) const {
    const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    fail("{}: {} is {}; expected {}", path_, key, text.substr(0, 80), wanted);
  }

  /// An absent flag is true. null, which the Fast classes write for what they leave to their
  /// default, is false to the others: Python's truth.
  bool flag(const char* key) const {
    const auto value = json_.find(key);
    if (value == json_.end()) return true;
    if (value->is_null()) return null_is_default_;
    if (!value->is_boolean()) refuse(key, *value, "true or false");
    return value->get<bool>();
  }

  int edge(const std::string& key, const Json& value) const {
    const bool whole = value.is_number_unsigned() && value.get<uint64_t>() >= 1 &&
                       value.get<uint64_t>() <= static_cast<uint64_t>(kLargestEdge);
    if (!whole) refuse(key, value, "a whole number from 1 to 16384");
    return value.get<int>();
  }

  /// One number for all channels, or one for each.
  std::array<float, 3> channels(const char* key, std::array<float, 3> otherwise,
                                bool positive) const {
    const Json* value = find(key);
    if (!value) return otherwise;
    std::array<float, 3> result{};
    for (size_t c = 0; c < 3; ++c) {
      const bool list = value->is_array() && value->size() == 3;
      const Json& number = list ? (*value)[c] : *value;
      if (!number.is_number()) refuse(key, *value, "three numbers");
      result[c] = number.get<float>();
      if (!std::isfinite(result[c]) || (positive && result[c] <= 0)) {
        refuse(key, *value, positive ? "three numbers above 0" : "three finite numbers");
      }
    }
    return result;
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Json json_;
  const ProcessorDefaults* processor_ = nullptr;
  bool null_is_default_ = false;
};

/// What a size says: the shortest edge, or height and width.
struct Size {
  std::optional<int> shortest_edge;
  int height = 0;
  int width = 0;
};

/// A number (`edge`, where the key is absent) is both edges if `square`, otherwise the shortest
/// one.
Size read_size(const Config& config, const std::string& key, int edge, bool square) {
  const Json* found = config.find(key.c_str());
  if (!found || found->is_number()) {
    if (found) edge = config.edge(key, *found);
    return square ? Size{{}, edge, edge} : Size{edge, 0, 0};
  }
  const Json& value = *found;
  if (value.is_array() && value.size() == 2) {
    return {{}, config.edge(key, value[0]), config.edge(key, value[1])};
  }
  if (value.is_object() && value.size() == 2 && value.contains("height") &&
      value.contains("width")) {
    return {{},
            config.edge(key + ".height", value["height"]),
            config.edge(key + ".width", value["width"])};
  }
  // A longest_edge beside the shortest one has no effect in any of the processors.
  if (value.is_object() && value.contains("shortest_edge") &&
      value.size() == 1u + value.contains("longest_edge")) {
    return {config.edge(key + ".shortest_edge", value["shortest_edge"]), 0, 0};
  }
  config.refuse(key, value, "a number, {\"shortest_edge\": n} or {\"height\": h, \"width\": w}");
}

void read_resize(const Config& config, PixelRecipe& recipe) {
  if (!config.flag("do_resize")) return;
  const ProcessorDefaults& processor = config.processor();
  Size size = read_size(config, "size", processor.edge, processor.square);
  // KOSMOS-2's files have this key, whatever its value, to make CLIP's processor squash.
  if (processor.name == "CLIP" && config.find("use_square_size") && size.shortest_edge) {
    size = {{}, *size.shortest_edge, *size.shortest_edge};
  }
  recipe.shortest_edge = size.shortest_edge;
  recipe.resize_height = size.height;
  recipe.resize_width = size.width;
}

void read_crop(const Config& config, PixelRecipe& recipe) {
  if (!config.processor().crops || !config.flag("do_center_crop")) return;
  const Size size = read_size(config, "crop_size", kCropEdge, true);
  recipe.crop_height = size.shortest_edge.value_or(size.height);
  recipe.crop_width = size.shortest_edge.value_or(size.width);
}

/// Pillow's numbers; 4 (box) and 5 (hamming) are not used by any published encoder.
Filter read_filter(const Config& config) {
  const Json* value = config.find("resample");
  if (!value) return config.processor().filter;
  const int64_t number = value->is_number_integer() ? value->get<int64_t>() : -1;
  switch (number) {
    case 0:
      return Filter::nearest;
    case 1:
      return Filter::lanczos;
    case 2:
      return Filter::bilinear;
    case 3:
      return Filter::bicubic;
  }
  config.refuse("resample", *value, "0 (nearest), 1 (lanczos), 2 (bilinear) or 3 (bicubic)");
}

double read_scale(const Config& config) {
  if (!config.flag("do_rescale")) return 1.0;
  const Json* factor = config.find("rescale_factor");
  if (!factor) return 1.0 / 255.0;
  if (!factor->is_number()) config.refuse("rescale_factor", *factor, "a number");
  const auto scale = factor->get<double>();
  if (!std::isfinite(scale)) config.refuse("rescale_factor", *factor, "a finite number");
  return scale;
}

const char* name_of(Filter filter) {
  switch (filter) {
    case Filter::nearest:
      return "nearest";
    case Filter::bilinear:
      return "bilinear";
    case Filter::bicubic:
      return "bicubic";
    case Filter::lanczos:
      return "lanczos";
  }
  return "?";
}

}  // namespace

PixelRecipe read_pixel_recipe(const std::filesystem::path& folder, Processor untyped) {
  const std::filesystem::path path = folder / "preprocessor_config.json";
  if (!file_exists(path)) {
    fail("{}: there is no preprocessor_config.json in it; a Hugging Face model folder has one",
         folder.string());
  }
  const Config config(path, untyped);
  PixelRecipe recipe;
  read_resize(config, recipe);
  read_crop(config, recipe);
  recipe.filter = read_filter(config);
  recipe.scale = read_scale(config);
  if (config.flag("do_normalize")) {
    recipe.mean = config.channels("image_mean", config.processor().mean, false);
    recipe.std = config.channels("image_std", config.processor().std, true);
  }
  if (recipe.height() == 0) {
    fail(
        "{}: {}, so size must be {{\"height\": h, \"width\": w}}, or pictures of different shapes "
        "stay different",
        config.path(),
        config.processor().crops
            ? "do_center_crop is off"
            : fmt::format("{}ImageProcessor does not crop", config.processor().name));
  }
  return recipe;
}

PixelRecipe squashed(PixelRecipe recipe) {
  recipe.resize_height = recipe.height();
  recipe.resize_width = recipe.width();
  recipe.shortest_edge.reset();
  recipe.crop_height = recipe.crop_width = 0;
  return recipe;
}

Extent resized_extent(Extent picture, const PixelRecipe& recipe) {
  if (recipe.shortest_edge) {
    const int64_t edge = *recipe.shortest_edge;
    const int64_t shorter = std::min(picture.width, picture.height);
    const int64_t longer = std::max(picture.width, picture.height);
    // Division in double, as Python's; the product is far below 2^53.
    const auto other =
        static_cast<int64_t>(static_cast<double>(edge * longer) / static_cast<double>(shorter));
    return picture.width <= picture.height ? Extent{edge, other} : Extent{other, edge};
  }
  if (recipe.resize_height > 0) return {recipe.resize_width, recipe.resize_height};
  return picture;
}

std::string describe(const PixelRecipe& recipe) {
  std::string text = "no resize";
  if (recipe.shortest_edge) {
    text = fmt::format("shortest edge {} ({})", *recipe.shortest_edge, name_of(recipe.filter));
  } else if (recipe.resize_height > 0) {
    text = fmt::format("squash to {}x{} ({})", recipe.resize_width, recipe.resize_height,
                       name_of(recipe.filter));
  }
  if (recipe.crop_height > 0) {
    text += fmt::format(", centre crop {}x{}", recipe.crop_width, recipe.crop_height);
  }
  if (recipe.scale != 1.0 / 255.0) text += fmt::format(", pixels times {:.6g}", recipe.scale);
  const auto& [r, g, b] = recipe.std;
  if (r == 0 && g == 0 && b == 0) return text + ", not normalised";
  return text + fmt::format(", mean {:.4g}, std {:.4g}", fmt::join(recipe.mean, " "),
                            fmt::join(recipe.std, " "));
}

}  // namespace puente
