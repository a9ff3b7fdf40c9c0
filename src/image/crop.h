// Where the recipe's crop lies in the resized picture, and where that lies in the result. Inside
// this room only.
#pragma once

#include <cstdint>

#include "image/pixel_recipe.h"
#include "image/resize.h"

namespace puente::image_detail {

struct CropPlan {
  Extent resized;  // the whole picture, resized
  Region region;   // of it that is wanted
  /// The result, and where in it the region begins; what the region does not cover stays black.
  int width = 0;
  int height = 0;
  int64_t to_x = 0;
  int64_t to_y = 0;

  int64_t stride() const { return 3 * int64_t{width}; }
  int64_t offset() const { return to_y * stride() + 3 * to_x; }
};

/// For a picture of that size.
CropPlan plan_crop(Extent picture, const PixelRecipe& recipe);

}  // namespace puente::image_detail
