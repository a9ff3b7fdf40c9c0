// What transformers' image processors do where preprocessor_config.json says nothing. Inside this
// room only.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "image/pixel_recipe.h"

namespace puente::image_detail {

/// The defaults of one class of transformers 4.40 (tests/golden/images/processors.json is what the
/// classes themselves say).
struct ProcessorDefaults {
  std::string_view name;  // of the class, without the ending ImageProcessor
  bool square;            // a number for size: height and width; otherwise the shortest edge
  int edge;               // of size, meant as `square` says
  bool crops;             // to crop_size, which is 224 x 224
  Filter filter;
  std::array<float, 3> mean;
  std::array<float, 3> std;
};

const ProcessorDefaults& defaults_of(Processor processor);

/// The processor of a class name in any of its spellings: XImageProcessor, XFeatureExtractor (its
/// name until 2022) and XImageProcessorFast. nullptr if it is none of ours.
const ProcessorDefaults* find_processor(std::string_view class_name);

/// For messages: the class names, comma-separated.
std::string known_processors();

}  // namespace puente::image_detail
