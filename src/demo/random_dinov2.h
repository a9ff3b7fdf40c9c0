// DINOv2 folders (facebook/dinov2-base, facebook/dinov2-with-registers-base) with random weights.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "demo/encoder_folder.h"
#include "encoders/config_section.h"

namespace puente {

std::vector<std::string> dinov2_names();

/// As in the trained ones, the pictures are smaller than the position embeddings are made for, so
/// that these must be interpolated. options.quirks changes nothing: the checkpoints have none.
EncoderFolder random_dinov2(std::string_view name, const RandomEncoderOptions& options);

/// The tensors of a model of that config.json, for write_random_twin().
std::vector<RandomTensor> dinov2_tensors_of(const ConfigSection& config);

}  // namespace puente
