// FusionTrainer: trains one early or late-joint classifier on aligned embeddings, an epoch at a
// time, and scores rows with it. It decides nothing: which rows, how many epochs and which epoch to
// keep are the caller's. The numbers are PyTorch's:
//   loss, more than two classes   CrossEntropyLoss(weight): sum of w[y] * -log p[y] over the batch,
//                                 divided by the sum of w[y] over the batch
//   loss, two classes             BCEWithLogitsLoss(pos_weight = w[1] / w[0]): mean over the batch
//                                 (with balanced weights, pos_weight = n0 / n1)
//   loss, several labels          the same with a pos_weight per label: mean over those of the
//                                 batch's labels that are known
//   optimiser                     AdamW, decay on every parameter, also biases and BatchNorm
//   batches                       in order, the last one smaller; a last batch of one row, which
//                                 BatchNorm cannot take, joins the batch before it
// Bit-equal for any number of threads: every sum has one fixed order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "align/live_rows.h"
#include "fusion/fusion.h"
#include "fusion/weights.h"

namespace puente {

/// What is learned from. Borrowed: it must outlive the trainer.
struct FusionData {
  MatrixView<const float> features;  // [N, image_dim + text_dim], as AlignedTable's before `live`
  std::span<const int32_t> label;    // [N, labels], each in [0, classes); -1 where one of several
                                     // labels is not known, but not all of a row's
  /// What happens to the features of a batch before the first layer. A learned lambda begins at 0,
  /// is moved by AdamW like the weights, and is one of them: weights().lambda.
  const LiveRows* live = nullptr;
};

/// T is float; the same code in double is held to PyTorch's float64 to 1e-9.
template <class T>
class BasicFusionTrainer {
 public:
  /// `train_rows` index data's rows (copied). `class_weights` is empty (none) or has one positive
  /// number per class, [labels, classes], such as balanced_class_weights(). Weights begin as
  /// initial_fusion_weights(shape, options.seed).
  /// UserError for fewer than two training rows, a batch under 2, dropout outside [0, 1),
  /// regularisation without two branches.
  BasicFusionTrainer(const FusionShape& shape, const FusionOptions& options, const FusionData& data,
                     std::span<const int32_t> train_rows, std::span<const double> class_weights);
  ~BasicFusionTrainer();
  BasicFusionTrainer(BasicFusionTrainer&&) noexcept;
  BasicFusionTrainer& operator=(BasicFusionTrainer&&) noexcept;

  /// One pass over the training rows, in an order that depends on the seed and on the number of
  /// epochs before it alone. Returns the mean over batches of the batch loss, as a PyTorch loop
  /// that sums loss.item() and divides by len(loader) reports it.
  double train_epoch();
  /// The same over the given rows of the data, in the order given.
  double train_epoch_in_order(std::span<const int32_t> rows);

  /// Evaluation mode (running statistics, no dropout): out [rows.size(), labels, classes], each
  /// label's summing to 1. Two classes: that of the second is sigmoid(logit). `out` gets the right
  /// shape.
  void probabilities(std::span<const int32_t> rows, Matrix& out) const;
  /// Evaluation mode: the training loss, weighted alike, as of one batch of all these rows.
  double loss(std::span<const int32_t> rows) const;

  BasicFusionWeights<T> weights() const;
  /// Optimiser state and epoch count begin anew.
  void set_weights(const BasicFusionWeights<T>& weights);

  const FusionShape& shape() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

using FusionTrainer = BasicFusionTrainer<float>;

/// What trainer.probabilities() gives, from weights alone: features [N, image_dim + text_dim] of
/// weights.shape; out [rows.size(), labels, classes].
void predict_probabilities(const FusionWeights& weights, MatrixView<const float> features,
                           std::span<const int32_t> rows, int threads, Matrix& out);

}  // namespace puente
