// Which kinds of model load_encoder() knows, for a person to choose from.
#pragma once

#include <string_view>
#include <vector>

#include "encoders/encoder.h"

namespace puente {

struct KnownArchitecture {
  std::string_view model_type;  // in config.json
  EncoderParts parts;           // which halves it has
  std::string_view examples;    // checkpoints by their names on Hugging Face, comma-separated
};

/// By model_type.
std::vector<KnownArchitecture> known_architectures();

}  // namespace puente
