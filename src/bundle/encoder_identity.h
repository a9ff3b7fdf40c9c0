// What an encoder's files are recognised by, whatever folder they lie in.
#pragma once

#include <filesystem>

#include "formats/json.h"

namespace puente {

/// {"folder": as given, "sha256": {"config.json": ...}, "sampled_sha256": {"model.safetensors":
/// ...}}, or for a GGUF file {"folder", "sampled_sha256": "..."}. Weights are recognised by
/// samples: all of their bytes would take longer than a first embedding. UserError where there is
/// no model.
Json encoder_identity(const std::filesystem::path& folder);

/// Two of those, the same but for the folder.
bool same_encoder(const Json& a, const Json& b);

}  // namespace puente
