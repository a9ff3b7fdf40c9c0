// One pre-norm transformer layer, as both halves of CLIP are made of:
//   h = x + out(attention(LayerNorm(x)))
//   y = h + fc2(act(fc1(LayerNorm(h))))
// Weights are read-only and shared by all workers; a worker brings its own buffers.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "puente/matrix.h"

#include "encoders/buffer.h"
#include "encoders/weight_reader.h"
#include "tensor/attention.h"
#include "tensor/layer_norm.h"
#include "tensor/linear.h"

namespace puente {

struct BlockShape {
  int64_t hidden = 0;  // C
  int64_t heads = 0;   // H
  int64_t mlp = 0;
  float layer_norm_epsilon = 1e-5f;
  Activation activation = Activation::quick_gelu;
  bool causal = false;
};

struct BlockBuffers {
  Buffer normalised, picked_normalised, picked_x, query, key_value, attended, middle, hidden;
  AttentionScratch attention;
};

class TransformerBlock {
 public:
  /// `prefix` as Hugging Face names it: "vision_model.encoder.layers.0."
  TransformerBlock(WeightReader& reader, const std::string& prefix, const BlockShape& shape);

  int64_t bytes() const;

  /// x [R, C] holds the rows of all sequences; y [R, C] is another matrix.
  void forward(MatrixView<const float> x, std::span<const Sequence> sequences,
               BlockBuffers& buffers, MatrixView<float> y) const;

  /// The last layer, of which only some rows of the result are wanted: y [P, C] gets the rows
  /// `picked` of x. All rows give keys and values; everything else is done for the picked rows
  /// only. `sequences` counts its queries among the picked.
  void forward(MatrixView<const float> x, std::span<const int64_t> picked,
               std::span<const Sequence> sequences, BlockBuffers& buffers,
               MatrixView<float> y) const;

 private:
  void finish(MatrixView<const float> x, MatrixView<const float> normalised,
              MatrixView<const float> key_value, std::span<const Sequence> sequences,
              BlockBuffers& buffers, MatrixView<float> y) const;
  MatrixView<float> keys_and_values(MatrixView<const float> normalised,
                                    BlockBuffers& buffers) const;

  BlockShape shape_;
  LayerNorm norm1_, norm2_;
  PackedLinear query_;      // C -> C, times 1 / sqrt(D)
  PackedLinear key_value_;  // C -> 2 C
  PackedLinear out_;        // C -> C
  PackedLinear fc1_, fc2_;  // C -> mlp -> C
};

}  // namespace puente
