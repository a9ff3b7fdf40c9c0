// One transformer layer for training: forward that keeps what backward needs, and backward.
// Pre-norm as ViT has it, post-norm as BERT (encoders/transformer_block.h has the formulas), with
// dropout on the probabilities, after the attention and after the MLP. plain_block.h is the plain
// form.
//
// Work goes by sequences, each from the first step to the last on one thread; only the gradients of
// weights, which sum over all of them, wait for all.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "encoders/buffer.h"
#include "encoders/transformer_block.h"
#include "finetune/parameters.h"
#include "nn/attention_rows.h"
#include "nn/dense_products.h"
#include "nn/dropout.h"
#include "nn/gelu.h"
#include "nn/layer_norm_rows.h"
#include "tensor/layer_norm.h"

namespace puente {

struct TrainedBlockShape {
  int64_t hidden = 0;  // C
  int64_t heads = 0;   // H
  int64_t mlp = 0;     // F
  float layer_norm_epsilon = 1e-5f;
  GeluKind gelu = GeluKind::erf;
  bool post_norm = false;
  bool query_bias = true;  // of query, key and value
  double dropout = 0;
  double attention_dropout = 0;
};

struct TrainedBlockPlaces {
  TensorPlace norm1_weight, norm1_bias;
  TensorPlace query_key_value, query_key_value_bias;  // [3 C, C]
  TensorPlace out, out_bias;                          // [C, C]
  TensorPlace norm2_weight, norm2_bias;
  TensorPlace fc1, fc1_bias;  // [F, C]
  TensorPlace fc2, fc2_bias;  // [C, F]
};

TrainedBlockPlaces place_block(const BlockNames& names, const TrainedBlockShape& shape,
                               ParameterLayout& layout);

/// Sequences of a batch that are worked on together: their rows lie one after another.
struct BatchPart {
  std::vector<int64_t> first_row;  // [S + 1], the last is the number of rows
  int64_t first_sequence = 0;      // its number in the batch
  bool training = false;           // with dropout
  uint64_t seed = 0;               // of dropout
  uint64_t step = 0;

  int64_t sequences() const { return static_cast<int64_t>(first_row.size()) - 1; }
  int64_t rows() const { return first_row.back(); }
  int64_t tokens(int64_t s) const { return first_row[s + 1] - first_row[s]; }
  /// Of one of the many places where numbers are dropped.
  DropoutMask mask(double p, uint64_t place) const {
    return {training ? p : 0.0, seed + 0x632be59bd9b4e019u * (place + 1), step};
  }
};

/// The row of a dropout mask for a token of a sequence, in a matrix [all tokens, C].
inline int64_t token_dropout_row(int64_t sequence, int64_t token) {
  constexpr int64_t kMostTokens = 1 << 12;
  return sequence * kMostTokens + token;
}

/// What backward needs of a forward pass over R rows.
struct BlockActivations {
  Buffer x;                // [R, C], what went in
  Buffer query_key_value;  // [R, 3 C], queries times 1 / sqrt(D)
  Buffer heads;            // [R, C]
  Buffer sum1;             // [R, C], after the first residual sum
  Buffer hidden;           // [R, F], before GELU
  Buffer sum2;             // [R, C], post-norm: after the second

  /// Floats per row.
  static int64_t numbers(const TrainedBlockShape& shape) {
    return (shape.post_norm ? 7 : 6) * shape.hidden + shape.mlp;
  }
};

/// Weights of one layer as the products read them. One at a time is in memory.
struct PackedBlock {
  PackedMatrix query_key_value, out, fc1, fc2;
  AlignedVector<float> query_key_value_bias, out_bias, fc1_bias, fc2_bias;  // padded
  LayerNorm norm1, norm2;
};

/// Buffers that a pass over one layer needs beyond the activations.
struct BlockWorkspace {
  struct Worker {
    FloatRows operand, gelu;
    AttentionRowsPass attention;
    Buffer rows;
  };
  std::vector<Worker> workers;
  PackedBlock packed;
  WeightGradient weight_gradient;
  // Of backward, [R, .] each.
  Buffer normed1, normed2, dnormed1, dnormed2, dout, dfc2, dheads, dquery_key_value, gelu, dhidden;
  std::vector<RowMoments> moments1, moments2;

  /// Floats per row of the part in backward.
  static int64_t numbers(const TrainedBlockShape& shape) {
    return 10 * shape.hidden + 2 * shape.mlp;
  }
};

class TrainedBlock {
 public:
  /// `number`: of the layer, for dropout.
  TrainedBlock(const TrainedBlockShape& shape, const TrainedBlockPlaces& places, int64_t number)
      : shape_(shape), places_(places), number_(static_cast<uint64_t>(number)) {}

  const TrainedBlockPlaces& places() const { return places_; }

  /// kept.x [R, C] -> y [R, C], the rest of `kept` is filled.
  void forward(const Parameters& parameters, const BatchPart& part, int threads,
               BlockActivations& kept, BlockWorkspace& work, MatrixView<float> y) const;

  /// d [R, C], in place: from the gradient of y to that of x. Gradients of weights are added to.
  void backward(Parameters& parameters, const BatchPart& part, int threads, BlockActivations& kept,
                BlockWorkspace& work, MatrixView<float> d) const;

 private:
  void copy_norms(const Parameters& parameters, PackedBlock& packed) const;
  void scale_queries(MatrixView<float> x) const;
  void pack_forward(const Parameters& parameters, int threads, PackedBlock& packed) const;
  void pack_backward(const Parameters& parameters, int threads, PackedBlock& packed) const;
  struct Kept;      // windows on the activations
  struct Gradient;  // and on the workspace
  void forward_rows(const BatchPart& part, int64_t first, int64_t end, const PackedBlock& packed,
                    const Kept& kept, BlockWorkspace::Worker& worker, MatrixView<float> y) const;
  void backward_rows(const BatchPart& part, int64_t first, int64_t end, const PackedBlock& packed,
                     const Kept& kept, const Gradient& gradient, BlockWorkspace::Worker& worker,
                     MatrixView<float> d) const;
  void add_weight_gradients(Parameters& parameters, int threads, const Kept& kept,
                            const Gradient& gradient, WeightGradient& product) const;
  AttentionRows attention_rows(const BatchPart& part, int64_t sequence, const Kept& kept) const;
  void drop_rows(const BatchPart& part, uint64_t place, int64_t first, int64_t end,
                 MatrixView<float> x) const;

  TrainedBlockShape shape_;
  TrainedBlockPlaces places_;
  uint64_t number_ = 0;
};

/// x [T, C] of one sequence through a dropout mask of all tokens, in place.
void drop_tokens(const DropoutMask& mask, int64_t sequence, MatrixView<float> x);

}  // namespace puente
