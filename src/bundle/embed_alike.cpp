#include "bundle/embed_alike.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file_status.h"
#include "bundle/encoder_identity.h"
#include "embed/image_files.h"
#include "image/image_reading_json.h"

namespace puente {
namespace {

constexpr std::string_view kOtherWay =
    "make a table as the bundle's was with `puente embed`, and evaluate that";

/// What a bundle says of one half's vectors.
class Recipe {
 public:
  Recipe(std::string_view half, const Json& json) : half_(half), json_(json) {
    if (json_.is_object()) return;
    fail("the bundle does not say how its {} vectors were made: {}", half_, kOtherWay);
  }

  const Json& at(const std::string& key) const {
    if (!json_.contains(key) || json_[key].is_null()) missing(key);
    return json_[key];
  }
  bool yes(const std::string& key) const {
    if (!at(key).is_boolean()) unknown(key, at(key));
    return at(key).get<bool>();
  }
  std::string text(const std::string& key) const { return text(key, at(key)); }
  std::optional<std::string> text_or_null(const std::string& key) const {
    if (!json_.contains(key)) missing(key);
    if (json_[key].is_null()) return std::nullopt;
    return text(key);
  }
  /// The one of `known` that has the name which stands there, at `key` or below it.
  template <class T>
  T one_of(const std::string& key, const Json& value, std::initializer_list<T> known) const {
    const std::string name = text(key, value);
    for (const T one : known) {
      if (name_of(one) == name) return one;
    }
    unknown(key, value);
  }
  std::optional<Pool> pool() const {
    if (text("pool") == "model") return std::nullopt;
    return one_of("pool", at("pool"), {Pool::cls, Pool::mean, Pool::pooler, Pool::last});
  }
  EncoderSettings settings() const {
    EncoderSettings settings;
    settings.precision = one_of("precision", at("precision"), {Precision::fp32, Precision::int8});
    settings.normalise = yes("normalise");
    return settings;
  }
  [[noreturn]] void unknown(const std::string& key, const Json& value) const {
    fail("the bundle's {} vectors were made with {} {}, which this puente does not know: {}", half_,
         key, value.dump(), kOtherWay);
  }

 private:
  [[noreturn]] void missing(const std::string& key) const {
    fail(
        "the bundle does not say in full how its {} vectors were made ('{}' is missing; an older "
        "puente wrote it): {}",
        half_, key, kOtherWay);
  }
  std::string text(const std::string& key, const Json& value) const {
    if (!value.is_string()) unknown(key, value);
    return value.get<std::string>();
  }

  std::string_view half_;
  const Json& json_;
};

/// `folder`, or where it is empty the bundle's, if it is the bundle's encoder.
std::string encoder_folder(std::string_view half, const Recipe& recipe, std::string folder) {
  const Json& known = recipe.at("encoder");
  const std::string before = known.value("folder", std::string());
  if (folder.empty()) {
    folder = before;
    if (!file_exists(folder)) {
      fail(
          "the bundle's {} encoder was in {}, which is not here; give --encoder DIR or "
          "--{}-encoder DIR",
          half, before, half);
    }
  }
  if (!same_encoder(encoder_identity(folder), known)) {
    fail(
        "{}: another {} encoder than the bundle's, which was in {}; give --encoder DIR or "
        "--{}-encoder DIR",
        folder, half, before, half);
  }
  return folder;
}

/// But for the folder.
ImageInput image_settings(const Recipe& recipe) {
  ImageInput input;
  input.column = recipe.text("image_column");
  const Json& pictures = recipe.at("pictures");
  const auto setting = [&pictures](const char* key) {
    return pictures.is_object() && pictures.contains(key) ? pictures[key] : Json(nullptr);
  };
  input.exif = recipe.one_of("exif", setting("exif"), {Exif::rotate, Exif::ignore});
  input.jpeg = recipe.one_of("jpeg", setting("jpeg"), {Jpeg::exact, Jpeg::scaled});
  const Json resize = setting("resize");
  if (resize != "squash" && resize != "model") recipe.unknown("resize", resize);
  input.squash = resize == "squash";
  input.reading = image_reading_of(pictures, "the bundle's pictures");
  return input;
}

TextInput text_settings(const Recipe& recipe) {
  const std::optional<std::string> column = recipe.text_or_null("text_column");
  TextInput input{column ? Prompt::of_column(*column) : Prompt(recipe.text("prompt"))};
  input.truncate = recipe.one_of("truncate", recipe.at("truncate"),
                                 {Truncate::end, Truncate::start, Truncate::error});
  return input;
}

void check_data(const EmbedJob& job, const RawData& data) {
  if (job.images) {
    if (data.images.empty()) {
      fail("the bundle takes pictures: give --images DIR, where the names in column '{}' are",
           job.images->column);
    }
    image_columns(data.manifest, job.images->column, "the bundle's pictures");
  } else if (!data.images.empty()) {
    fail("the bundle takes no pictures; leave out --images");
  }
  if (!job.texts) return;
  for (const std::string& name : job.texts->prompt.columns()) {
    data.manifest.column(name, "the bundle's texts");
  }
}

/// What the recipes say, before any encoder is looked for.
EmbedRequest recorded(const Bundle& bundle) {
  EmbedRequest request;
  if (bundle.image) {
    const Recipe recipe("image", bundle.recipes.image);
    request.job.images = image_settings(recipe);
    request.image_encoder.settings = recipe.settings();
    request.image_encoder.settings.image_pool = recipe.pool();
  }
  if (bundle.text) {
    const Recipe recipe("text", bundle.recipes.text);
    request.job.texts = text_settings(recipe);
    request.text_encoder.settings = recipe.settings();
    request.text_encoder.settings.text_pool = recipe.pool();
  }
  return request;
}

void find_encoders(const Bundle& bundle, const EncoderPlaces& places, EmbedRequest& request) {
  if (bundle.image) {
    request.image_encoder.folder =
        encoder_folder("image", Recipe("image", bundle.recipes.image), places.image);
  }
  if (bundle.text) {
    request.text_encoder.folder =
        encoder_folder("text", Recipe("text", bundle.recipes.text), places.text);
  }
}

}  // namespace

EmbedRequest embed_alike(const Bundle& bundle, RawData data) {
  EmbedRequest request = recorded(bundle);
  check_data(request.job, data);
  find_encoders(bundle, {data.image_encoder, data.text_encoder}, request);
  if (request.job.images) request.job.images->folder = data.images;
  request.job.manifest = std::move(data.manifest);
  return request;
}

EmbedRequest embed_settings(const Bundle& bundle, const EncoderPlaces& places) {
  EmbedRequest request = recorded(bundle);
  if (request.job.images) {
    const ImageReading& reading = request.job.images->reading;
    if (reading.stretch.of == StretchOf::set && reading.stretch.limits.empty()) {
      fail("the bundle does not have the limits that its pictures were stretched between: {}",
           kOtherWay);
    }
  }
  find_encoders(bundle, places, request);
  return request;
}

}  // namespace puente
