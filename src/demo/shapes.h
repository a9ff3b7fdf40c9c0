// What the tables of named shapes have in common.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "demo/random_weights.h"
#include "encoders/config_section.h"

namespace puente {

// initializer_range: that of the real models; and one that brings a narrow model's activations to
// the size at which their curves matter, which 0.02 would hide from the tests.
constexpr double kUsualDeviation = 0.02, kNarrowDeviation = 0.15;
// 1 / sqrt(256): products keep about the size of what goes in, in a model that is to be trained.
constexpr double kScratchDeviation = 0.0625;

template <class Shapes>
std::vector<std::string> shape_names(const Shapes& shapes) {
  std::vector<std::string> names;
  for (const auto& shape : shapes) names.emplace_back(shape.name);
  return names;
}

/// The name is one of shape_names().
template <class Shapes>
const auto& find_shape(const Shapes& shapes, std::string_view name) {
  const auto found =
      std::ranges::find_if(shapes, [&](const auto& shape) { return shape.name == name; });
  PUENTE_ASSERT(found != std::ranges::end(shapes));
  return *found;
}

/// For models without a text encoder.
inline void refuse_vocabulary(std::string_view name, const RandomEncoderOptions& options) {
  if (!options.vocabulary.empty()) {
    fail("{}: {} reads no texts; leave the vocabulary out", options.vocabulary.string(), name);
  }
}

/// Of transformers' models but for CLIP and SigLIP, whose deviations follow from their sizes.
inline double initializer_range(const ConfigSection& config) {
  config.number("initializer_range", 0.02f);  // refuses what is none
  const Json* value = config.find("initializer_range");
  return value ? value->get<double>() : kUsualDeviation;
}

}  // namespace puente
