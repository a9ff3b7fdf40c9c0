// CLIP's causal text transformer: tokens, positions, layers, and the vector of the end token
// projected. Not normalised. Tokens after the end token are never computed: a causal model's result
// does not depend on them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "encoders/clip.h"
#include "encoders/clip_vision.h"
#include "encoders/transformer_block.h"
#include "encoders/weight_reader.h"

namespace puente {

/// Where transformers' CLIPTextModel takes a text's vector: the first end token; or the first
/// largest id if config.json says eos_token_id 2, as it does for models older than that key's
/// meaning.
int64_t pooled_position(std::span<const int32_t> ids, int64_t end_token);

class ClipText {
 public:
  ClipText(WeightReader& reader, const ClipConfig& config);

  int64_t bytes() const;
  /// -> out [B, projection]. Memory does not grow with B.
  void encode(std::span<const TokenizedText> texts, TowerBuffers& buffers,
              MatrixView<float> out) const;

 private:
  void encode_few(std::span<const TokenizedText> texts, TowerBuffers& buffers,
                  MatrixView<float> out) const;
  int64_t tokens_of(const TokenizedText& text) const;

  ClipTextConfig config_;
  Matrix tokens_;     // [V, C]
  Matrix positions_;  // [positions, C]
  std::vector<TransformerBlock> blocks_;
  LayerNorm final_norm_;
  PackedLinear projection_;  // C -> projection
};

}  // namespace puente
