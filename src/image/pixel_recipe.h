// What happens to a picture before a vision encoder sees it, as a Hugging Face
// preprocessor_config.json says it. preprocess.h does it.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "image/resize.h"

namespace puente {

struct PixelRecipe {
  /// At most one of the two is used: the shortest edge keeps the aspect ratio, height x width does
  /// not. With neither (do_resize false) the picture goes to the crop as it is.
  std::optional<int> shortest_edge;
  int resize_height = 0;
  int resize_width = 0;
  Filter filter = Filter::bicubic;
  int crop_height = 0;  // 0: no crop
  int crop_width = 0;
  double scale = 1.0 / 255.0;
  std::array<float, 3> mean{};
  std::array<float, 3> std{};  // all zero: no normalisation

  int height() const { return crop_height > 0 ? crop_height : resize_height; }
  int width() const { return crop_width > 0 ? crop_width : resize_width; }
};

/// transformers' image processors. They differ in what a number for `size` means, in whether they
/// crop, and in what a missing key means; the arithmetic is the same.
enum class Processor { clip, bit, vit, deit, siglip };

/// Reads DIR/preprocessor_config.json in its old form (feature_extractor_type, sizes are numbers)
/// and its new one. The file's type decides how it is read; `untyped` is for a file that names
/// none, and is what the encoder's architecture is used with. Keys that are not known, or that the
/// processor does not have (such as a crop for ViT), are ignored, as transformers ignores them.
/// UserError names the key that is not understood, and says so where pictures of different shapes
/// would keep different shapes.
PixelRecipe read_pixel_recipe(const std::filesystem::path& folder,
                              Processor untyped = Processor::clip);

/// The same without keeping the aspect ratio: the whole picture, squashed to the recipe's height
/// and width, is seen, and nothing is cropped.
PixelRecipe squashed(PixelRecipe recipe);

/// What a picture of `picture`'s size is resized to, before the crop.
Extent resized_extent(Extent picture, const PixelRecipe& recipe);

/// One line for people: "shortest edge 256 (bicubic), centre crop 224x224, mean 0.485 0.456 0.406,
/// std 0.229 0.224 0.225". Sizes are width x height.
std::string describe(const PixelRecipe& recipe);

}  // namespace puente
