// SigLIP's pooling head: a learned query attends to all patches, and an MLP follows.
//   a = out(attention(q, tokens));  vector = a + fc2(act(fc1(LayerNorm(a))))
#pragma once

#include <cstdint>
#include <string>

#include "encoders/transformer_block.h"
#include "encoders/weight_reader.h"
#include "encoders/worker.h"

namespace puente {

class AttentionPool {
 public:
  /// `prefix` as Hugging Face names it: "vision_model.head.". Its attention has query, key and
  /// value weights in one tensor, in_proj_weight [3 C, C].
  AttentionPool(WeightReader& reader, const std::string& prefix, const BlockShape& shape);

  int64_t bytes() const;
  double flop(int64_t tokens) const;
  /// tokens [B * T, C], after the last norm -> pooled [B, C].
  void forward(MatrixView<const float> tokens, int64_t batch, EncoderWorker& worker,
               MatrixView<float> pooled) const;

 private:
  BlockShape shape_;
  AlignedVector<float> query_;  // [C], scaled by 1 / sqrt(D)
  PackedLinear key_value_;      // C -> 2 C
  PackedLinear out_, fc1_, fc2_;
  LayerNorm norm_;
};

}  // namespace puente
