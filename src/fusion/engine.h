// FusionEngine: the fast path of fusion/trainer.h. A team of threads walks through the batches
// together. Each owns panels of 16 hidden columns, whose Linear, ReLU, Dropout, BatchNorm, output
// weights and AdamW concern nobody else; so a batch needs two meetings: one when all hidden
// activations are there and the logits can be summed, one when all gradients of logits are there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "fusion/fusion.h"
#include "fusion/weights.h"
#include "nn/losses.h"
#include "nn/panel_norm.h"
#include "nn/panels.h"

namespace puente {

/// One epoch's rows, in order.
struct EpochRows {
  std::span<const float* const> features;  // each [image_dim + text_dim]
  std::span<const int32_t> label;
};

template <class T>
class FusionEngine {
 public:
  explicit FusionEngine(const BasicFusionWeights<T>& weights);
  FusionEngine(FusionEngine&&) = default;
  FusionEngine& operator=(FusionEngine&&) = default;

  /// Mean over batches of the batch loss.
  double train(const EpochRows& rows, const FusionOptions& options, const Criterion<T>& criterion);
  /// Evaluation mode: [rows.size(), outputs].
  BasicMatrix<T> logits(std::span<const float* const> rows, int threads) const;

  const FusionShape& shape() const { return shape_; }
  BasicFusionWeights<T> weights() const;

 private:
  // One number per weight: itself and Adam's moments of it.
  struct Parameter {
    T* w;
    T* m;
    T* v;
  };
  // 16 hidden columns of one branch.
  struct Panel {
    size_t branch;
    int64_t column;         // first hidden column, in the concatenation
    Parameter linear;       // [inputs][16]
    Parameter linear_bias;  // [16]
    Parameter norm_weight;  // [16]
    Parameter norm_bias;    // [16]
    Parameter output;       // [outputs][16]
    T* mean;                // [16] running
    T* variance;            // [16] running
    PanelNorm<T> norm() const { return {norm_weight.w, norm_bias.w, mean, variance}; }
  };
  struct Member;
  struct Step;

  int64_t inputs(const Panel& panel) const { return branches_[panel.branch].inputs; }
  std::vector<Member> divide(int members) const;
  void forward(Member& member, const Step& step);
  void score(int member, int members, const Step& step, const Criterion<T>& criterion);
  void backward(Member& member, const Step& step);

  FusionShape shape_;
  std::vector<BranchShape> branches_;
  AlignedVector<T> numbers_;  // what all the pointers point into
  std::vector<Panel> panels_;
  Parameter output_bias_;  // [outputs]
  int64_t steps_ = 0;      // taken so far

  // What one batch needs; panel p's part of z_, y_ and d_ is [rows][16].
  void reserve(int64_t rows);
  int64_t capacity_ = 0;
  AlignedVector<T> z_, y_, d_;
  std::vector<const T*> y_panels_, output_panels_;
  AlignedVector<T> logits_, dlogits_;  // [rows][outputs]
  std::vector<const T*> dlogits_row_;
  std::vector<double> row_loss_;
};

}  // namespace puente
