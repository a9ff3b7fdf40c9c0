// FusionEngine: the fast path of fusion/trainer.h. A team of threads walks through the batches
// together. Each owns panels of 16 hidden columns, whose Linear, ReLU, Dropout, BatchNorm, output
// weights and AdamW concern nobody else; so a batch needs two meetings: one when all hidden
// activations are there and the logits can be summed, one when all gradients of logits are there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "align/live_rows.h"
#include "fusion/fusion.h"
#include "fusion/fusion_panels.h"
#include "fusion/weights.h"
#include "nn/losses.h"

namespace puente {

/// One epoch's rows, in order.
struct EpochRows {
  std::span<const float* const> features;  // each [image_dim + text_dim]
  std::span<const int32_t> label;          // [rows, labels]
  const LiveRows* live = nullptr;          // what is made of them before they are read
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
  BasicFusionWeights<T> weights() const;
  /// 0 where none is learned.
  double lambda() const { return lambda_ ? static_cast<double>(lambda_->w) : 0; }

 private:
  using Panel = typename FusionPanels<T>::Panel;
  struct Member;
  struct Step;

  std::span<const Panel> panels() const { return weights_.panels(); }
  std::span<const BranchShape> branches() const { return weights_.branches(); }
  std::vector<Member> divide(int members) const;
  void make_rows(int member, int members, const EpochRows& rows, int64_t begin, int64_t size,
                 const NoiseKey& key);
  void forward(Member& member, const Step& step);
  void score(int member, int members, const Step& step, const Criterion<T>& criterion);
  void backward(Member& member, const Step& step);
  double pull_loss(const Step& step, int64_t row) const;
  void add_pull(int64_t panel, const Step& step, T* d) const;
  void slope_of_lambda(Member& member, size_t branch, const PanelInput<float>& slope);
  const T* partner(int64_t panel) const;

  FusionPanels<T> weights_;
  int64_t steps_ = 0;  // taken so far
  struct Lambda {
    T w, m, v;
  };
  std::optional<Lambda> lambda_;  // of a learned shift, and Adam's moments

  // What one batch needs; panel p's part of z_, y_ and d_ is [rows][16], at p * stride_.
  void reserve(int64_t rows, const LiveRows* live);
  int64_t stride_ = 0;
  AlignedVector<T> z_, y_, d_;
  std::vector<const T*> y_panels_, output_panels_;
  AlignedVector<T> logits_, dlogits_;  // [rows][outputs]
  std::vector<const T*> dlogits_row_;
  std::vector<double> row_loss_;
  Matrix live_features_, live_slope_;  // of live rows [rows][features]
  std::vector<const float*> live_row_, slope_row_;
  std::vector<T> lambda_gradient_;  // [panels], each one's part
};

}  // namespace puente
