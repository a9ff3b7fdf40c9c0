// CLIP (Radford et al. 2021): a vision transformer and a causal text transformer, both projected
// into one space and L2-normalised. load_encoder() makes it; this is what its tests look at.
#pragma once

#include <cstdint>
#include <span>

#include "encoders/clip_config.h"
#include "encoders/encoder.h"

namespace puente {

/// Where transformers' CLIPTextModel takes a text's vector: the first end token; or the first
/// largest id if config.json says eos_token_id 2, as it does for models older than that key's
/// meaning.
int64_t pooled_position(std::span<const int32_t> ids, int64_t end_token);

}  // namespace puente
