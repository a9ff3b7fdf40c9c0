// SigLIP folders (google/siglip-base-patch16-224) with random weights.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "demo/encoder_folder.h"
#include "encoders/config_section.h"

namespace puente {

std::vector<std::string> siglip_names();

/// options.vocabulary: a spiece.model or a folder with one; UserError without. options.quirks:
/// config.json leaves out what is as transformers' SiglipConfig has it by default, as Google's do.
EncoderFolder random_siglip(std::string_view name, const RandomEncoderOptions& options);

/// The tensors of a model of that config.json, for write_random_twin().
std::vector<RandomTensor> siglip_tensors_of(const ConfigSection& config);

}  // namespace puente
