// One transformer layer. Pre-norm, as in CLIP, ViT, DINOv2 and SigLIP:
//   x = x + out(attention(LayerNorm1(x)))
//   x = x + fc2(act(fc1(LayerNorm2(x))))
// or post-norm, as in BERT:
//   x = LayerNorm1(x + out(attention(x)))
//   x = LayerNorm2(x + fc2(act(fc1(x))))
// A gated layer (SwiGLU) has silu(gate(x)) * fc1(x) in place of act(fc1(x)).
//
// In 8 bits the rows that a vector is taken from can go a finer way of their own, of 12 bits
// (quantised_rows.h): the error of all other rows reaches the vector only through attention, which
// averages it away, so these few rows decide how close the vector comes to fp32's.
//
// It works through a few sequences at a time from the first step to the last, so that what it makes
// on the way stays in the cache. Weights are read-only and shared by all workers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "encoders/row_forms.h"
#include "encoders/weight_reader.h"
#include "encoders/worker.h"
#include "tensor/attention.h"
#include "tensor/layer_norm.h"
#include "tensor/linear.h"
#include "text/token_tree.h"

namespace puente {

/// So many rows pass a layer before the next one is fetched; more only cost memory.
constexpr int64_t kRowsAtOnce = 448;

struct BlockShape {
  int64_t hidden = 0;  // C
  int64_t heads = 0;   // H
  int64_t mlp = 0;     // inputs of fc2
  float layer_norm_epsilon = 1e-5f;
  Activation activation = Activation::gelu;
  bool causal = false;
  bool post_norm = false;
  bool gated = false;
  bool query_bias = true;  // of query, key and value
};

/// The tensors of one layer as its checkpoint names them, without ".weight" and ".bias".
struct BlockNames {
  std::string norm1, query, key, value, out, norm2, fc1, fc2;
  std::string scale1, scale2;  // DINOv2's LayerScale, whole names; empty: none
};

class TransformerBlock {
 public:
  TransformerBlock(WeightReader& reader, const BlockNames& names, const BlockShape& shape);

  int64_t bytes() const;
  bool causal() const { return shape_.causal; }
  Precision precision() const { return query_.precision(); }
  /// Whether this CPU's usual rows are coarser than the finer way.
  bool has_finer_way() const {
    return precision() == Precision::int8 && best_integer_form() != IntegerForm::pairs;
  }
  /// Of the matrix products for `rows` rows, `queries` of which go all the way, in sequences of
  /// `keys` tokens.
  double flop(int64_t rows, int64_t queries, int64_t keys) const;

  /// x [R, C], in place, holds the rows of all sequences, which follow one another without gaps.
  void forward(MatrixView<float> x, std::span<const Sequence> sequences,
               BlockBuffers& buffers) const;

  /// The same, with the rows `picked`, one of each sequence, on the finer way: y [P, C] holds them
  /// before and after, and x gets them too.
  void forward(MatrixView<float> x, std::span<const Sequence> sequences,
               std::span<const int64_t> picked, BlockBuffers& buffers, MatrixView<float> y) const;

  /// A causal layer over the nodes of a tree (token_tree.h), x [N, C], in place: each looks at its
  /// ancestors and itself. `picked` are ascending nodes for the finer way, y [P, C] as above; empty
  /// where there is none.
  void forward(MatrixView<float> x, const TokenTree& tree, std::span<const int64_t> picked,
               BlockBuffers& buffers, MatrixView<float> y) const;

  /// The last layer over a tree: y [P, C] gets the result of the picked nodes.
  void forward(MatrixView<const float> x, std::span<const int64_t> picked, const TokenTree& tree,
               BlockBuffers& buffers, MatrixView<float> y) const;

  /// The last layer, of which only some rows are wanted: y [P, C] gets the result of the rows
  /// `picked` of x, on the finer way. All rows give keys and values; everything else is done for
  /// the picked rows only. `sequences` counts its queries among the picked.
  void forward(MatrixView<const float> x, std::span<const int64_t> picked,
               std::span<const Sequence> sequences, BlockBuffers& buffers,
               MatrixView<float> y) const;

 private:
  void set_normalised(MatrixView<const float> x, const LayerNorm& norm, IntegerForm form,
                      Operand& operand) const;
  void forward_group(MatrixView<float> x, std::span<const Sequence> group, MatrixView<float> all,
                     BlockBuffers& buffers) const;
  /// What the nodes of a tree ask; `attended` [N, C] only where `query` has rows for all of them.
  struct TreeQueries {
    MatrixView<const float> query;         // [N, C], or none
    MatrixView<const float> picked_query;  // [P, C], or none
    std::span<const int64_t> picked;
  };
  void attend(const TreeQueries& asked, MatrixView<const float> key_value, const TokenTree& tree,
              BlockBuffers& buffers, MatrixView<float> attended,
              MatrixView<float> picked_attended) const;
  void ask(MatrixView<const float> y, BlockBuffers& buffers, MatrixView<float> query) const;
  void attend(MatrixView<const float> query, MatrixView<const float> key_value,
              std::span<const Sequence> sequences, AttentionScratch& scratch,
              MatrixView<float> attended) const;
  void finish(MatrixView<const float> attended, const RowForms& forms, BlockBuffers& buffers,
              MatrixView<float> x) const;
  void feed_forward(IntegerForm form, BlockBuffers& buffers) const;

  BlockShape shape_;
  LayerNorm norm1_, norm2_;
  PackedLinear query_;      // C -> C, times 1 / sqrt(D)
  PackedLinear key_value_;  // C -> 2 C
  PackedLinear out_;        // C -> C
  PackedLinear gate_;       // C -> mlp, where gated
  PackedLinear fc1_, fc2_;  // C -> mlp -> C
};

}  // namespace puente
