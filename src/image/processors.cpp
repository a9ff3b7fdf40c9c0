#include "image/processors.h"

#include <fmt/format.h>

#include "base/error.h"

namespace puente::image_detail {
namespace {

constexpr std::array<float, 3> kClipMean{0.48145466f, 0.4578275f, 0.40821073f};
constexpr std::array<float, 3> kClipStd{0.26862954f, 0.26130258f, 0.27577711f};
constexpr std::array<float, 3> kHalf{0.5f, 0.5f, 0.5f};

// In the order of enum Processor.
constexpr ProcessorDefaults kProcessors[] = {
    {"CLIP", false, 224, true, Filter::bicubic, kClipMean, kClipStd},
    {"Bit", false, 224, true, Filter::bicubic, kClipMean, kClipStd},
    {"ViT", true, 224, false, Filter::bilinear, kHalf, kHalf},
    {"DeiT", true, 256, true, Filter::bicubic, kHalf, kHalf},
    {"Siglip", true, 224, false, Filter::bicubic, kHalf, kHalf},
};

}  // namespace

const ProcessorDefaults& defaults_of(Processor processor) {
  const auto index = static_cast<size_t>(processor);
  PUENTE_ASSERT(index < std::size(kProcessors));
  return kProcessors[index];
}

const ProcessorDefaults* find_processor(std::string_view class_name) {
  for (const ProcessorDefaults& processor : kProcessors) {
    if (!class_name.starts_with(processor.name)) continue;
    const std::string_view ending = class_name.substr(processor.name.size());
    if (ending == "ImageProcessor" || ending == "FeatureExtractor" ||
        ending == "ImageProcessorFast") {
      return &processor;
    }
  }
  return nullptr;
}

std::string known_processors() {
  std::string names;
  for (const ProcessorDefaults& processor : kProcessors) {
    names += fmt::format("{}{}ImageProcessor", names.empty() ? "" : ", ", processor.name);
  }
  return names;
}

}  // namespace puente::image_detail
