// ViT folders (google/vit-base-patch16-224-in21k) with random weights.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "demo/encoder_folder.h"
#include "encoders/config_section.h"

namespace puente {

std::vector<std::string> vit_names();

/// options.quirks: a classifier's checkpoint as google/vit-base-patch16-224 is: names begin with
/// "vit.", there is a classifier but no pooler, and the preprocessor's size is one number.
EncoderFolder random_vit(std::string_view name, const RandomEncoderOptions& options);

/// The tensors of a model of that config.json, for write_random_twin().
std::vector<RandomTensor> vit_tensors_of(const ConfigSection& config);

}  // namespace puente
