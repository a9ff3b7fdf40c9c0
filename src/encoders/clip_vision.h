// CLIP's vision transformer: patches, class token, positions, layers, and the class token's vector
// projected. Not normalised.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "encoders/buffer.h"
#include "encoders/clip.h"
#include "encoders/transformer_block.h"
#include "encoders/weight_reader.h"

namespace puente {

/// A worker's memory for one tower at a time.
struct TowerBuffers {
  Buffer patches, embedded, x, y, pooled;
  std::vector<Sequence> sequences;
  std::vector<int64_t> picked;
  BlockBuffers block;
};

class ClipVision {
 public:
  ClipVision(WeightReader& reader, const ClipConfig& config);

  int64_t bytes() const;
  /// pixels [B, 3, S, S] -> out [B, projection]. Memory does not grow with B.
  void encode(std::span<const float> pixels, TowerBuffers& buffers, MatrixView<float> out) const;

 private:
  void encode_few(const float* pixels, TowerBuffers& buffers, MatrixView<float> out) const;
  /// [B * G * G, 3 * P * P], G patches on a side of P pixels each
  MatrixView<float> cut_patches(const float* pixels, int64_t batch, Buffer& buffer) const;

  ClipVisionConfig config_;
  int64_t grid_;                // G
  int64_t tokens_;              // T = G * G + 1
  PackedLinear patch_;          // 3 * P * P -> C
  AlignedVector<float> class_;  // [C]
  Matrix positions_;            // [T, C]
  LayerNorm pre_norm_, post_norm_;
  std::vector<TransformerBlock> blocks_;
  PackedLinear projection_;  // C -> projection
};

}  // namespace puente
