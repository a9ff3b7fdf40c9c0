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
#include "fusion/fusion_panels.h"
#include "fusion/weights.h"
#include "nn/losses.h"

namespace puente {

/// One epoch's rows, in order.
struct EpochRows {
  std::span<const float* const> features;  // each [image_dim + text_dim]
  std::span<const int32_t> label;          // [rows, labels]
};

template <class T>
class FusionEngine {
 public:
  explicit FusionEngine(const BasicFusionWeights<T>& weights);

  /// Mean over batches of the batch loss.
  double train(const EpochRows& rows, const FusionOptions& options, const Criterion<T>& criterion);
  /// Evaluation mode: [rows.size(), outputs].
  BasicMatrix<T> logits(std::span<const float* const> rows, int threads) const;

  const FusionShape& shape() const { return weights_.shape(); }
  BasicFusionWeights<T> weights() const { return weights_.weights(); }

 private:
  using Panel = typename FusionPanels<T>::Panel;
  struct Member;
  struct Step;

  std::span<const Panel> panels() const { return weights_.panels(); }
  std::span<const BranchShape> branches() const { return weights_.branches(); }
  std::vector<Member> divide(int members) const;
  void forward(Member& member, const Step& step);
  void score(int member, int members, const Step& step, const Criterion<T>& criterion);
  void backward(Member& member, const Step& step);

  FusionPanels<T> weights_;
  int64_t steps_ = 0;  // taken so far

  // What one batch needs; panel p's part of z_, y_ and d_ is [rows][16], at p * stride_.
  void reserve(int64_t rows);
  int64_t stride_ = 0;
  AlignedVector<T> z_, y_, d_;
  std::vector<const T*> y_panels_, output_panels_;
  AlignedVector<T> logits_, dlogits_;  // [rows][outputs]
  std::vector<const T*> dlogits_row_;
  std::vector<double> row_loss_;
};

}  // namespace puente
