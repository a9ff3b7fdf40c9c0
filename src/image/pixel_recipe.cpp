#include <cmath>
#include <string>

#include "base/error.h"
#include "formats/json.h"
#include "image/preprocess.h"

namespace puente {
namespace {

// CLIPImageProcessor's defaults, for keys that are not there.
constexpr int kEdge = 224;
constexpr std::array<float, 3> kMean{0.48145466f, 0.4578275f, 0.40821073f};
constexpr std::array<float, 3> kStd{0.26862954f, 0.26130258f, 0.27577711f};
/// Far beyond any encoder's input; keeps sizes in an int and memory in bounds.
constexpr int64_t kLargestEdge = 16384;

/// Looks keys up and says what is wrong with one.
class Config {
 public:
  explicit Config(const std::filesystem::path& path)
      : path_(path.string()), json_(read_json(path)) {
    if (!json_.is_object()) fail("{}: is not a JSON object", path_);
  }

  /// nullptr where the key is absent or null.
  const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }

  [[noreturn]] void refuse(const std::string& key, const Json& value, const char* wanted) const {
    const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    fail("{}: {} is {}; expected {}", path_, key, text.substr(0, 80), wanted);
  }

  bool flag(const char* key) const {
    const Json* value = find(key);
    if (!value) return true;
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
};

void read_size(const Config& config, PixelRecipe& recipe) {
  if (!config.flag("do_resize")) return;
  const Json* size = config.find("size");
  if (!size) {
    recipe.shortest_edge = kEdge;
  } else if (size->is_object() && size->size() == 1 && size->contains("shortest_edge")) {
    recipe.shortest_edge = config.edge("size.shortest_edge", (*size)["shortest_edge"]);
  } else if (size->is_object() && size->size() == 2 && size->contains("height") &&
             size->contains("width")) {
    recipe.resize_height = config.edge("size.height", (*size)["height"]);
    recipe.resize_width = config.edge("size.width", (*size)["width"]);
  } else if (size->is_number()) {
    recipe.shortest_edge = config.edge("size", *size);
  } else {
    config.refuse("size", *size,
                  "a number, {\"shortest_edge\": n} or {\"height\": h, \"width\": w}");
  }
}

void read_crop(const Config& config, PixelRecipe& recipe) {
  if (!config.flag("do_center_crop")) return;
  const Json* size = config.find("crop_size");
  if (!size) {
    recipe.crop_height = recipe.crop_width = kEdge;
  } else if (size->is_object() && size->size() == 2 && size->contains("height") &&
             size->contains("width")) {
    recipe.crop_height = config.edge("crop_size.height", (*size)["height"]);
    recipe.crop_width = config.edge("crop_size.width", (*size)["width"]);
  } else if (size->is_number()) {
    recipe.crop_height = recipe.crop_width = config.edge("crop_size", *size);
  } else {
    config.refuse("crop_size", *size, "a number or {\"height\": h, \"width\": w}");
  }
}

/// Pillow's numbers; 4 (box) and 5 (hamming) are not used by any published encoder.
Filter read_filter(const Config& config) {
  const Json* value = config.find("resample");
  if (!value) return Filter::bicubic;
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

}  // namespace

PixelRecipe read_pixel_recipe(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "preprocessor_config.json";
  if (!std::filesystem::exists(path)) {
    fail("{}: there is no preprocessor_config.json in it; a Hugging Face model folder has one",
         folder.string());
  }
  const Config config(path);
  PixelRecipe recipe;
  read_size(config, recipe);
  read_crop(config, recipe);
  recipe.filter = read_filter(config);
  recipe.scale = 1.0;
  if (config.flag("do_rescale")) {
    const Json* factor = config.find("rescale_factor");
    recipe.scale = 1.0 / 255.0;
    if (factor && !factor->is_number()) config.refuse("rescale_factor", *factor, "a number");
    if (factor) recipe.scale = factor->get<double>();
    if (!std::isfinite(recipe.scale)) config.refuse("rescale_factor", *factor, "a finite number");
  }
  if (config.flag("do_normalize")) {
    recipe.mean = config.channels("image_mean", kMean, false);
    recipe.std = config.channels("image_std", kStd, true);
  }
  if (recipe.height() == 0) {
    fail(
        "{}: without do_center_crop, size must be {{\"height\": h, \"width\": w}}, or pictures of "
        "different shapes stay different",
        config.path());
  }
  return recipe;
}

}  // namespace puente
