// The paper's two classifiers on embeddings, and how they are trained.
//   early:      concat -> Linear(128) -> ReLU -> Dropout -> BatchNorm -> Linear(outputs)
//   late-joint: per modality Linear(64) -> ReLU -> Dropout -> BatchNorm; concat -> Linear(outputs)
// Two classes give one output (a logit of the second class), more give one output per class.
// Several labels of two classes each (yes or no) give one output per label.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puente/matrix.h"

#include "align/alignment.h"

namespace puente {

enum class FusionKind { early, late };

FusionKind parse_fusion(std::string_view text);  // "early" | "late"; UserError otherwise
std::string_view name_of(FusionKind kind);

struct FusionShape {
  FusionKind kind = FusionKind::early;
  int64_t image_dim = 0;
  int64_t text_dim = 0;
  int64_t classes = 0;
  int64_t labels = 1;  // more than one: classes is 2

  int64_t outputs() const { return classes == 2 ? labels : classes; }
  /// Probabilities per row: of each label's classes.
  int64_t answers() const { return labels * classes; }
  /// Early: one block of 128. Late: 64 for each modality that is there.
  int64_t hidden() const {
    return kind == FusionKind::early ? 128 : 64 * ((image_dim > 0) + (text_dim > 0));
  }
  /// Trainable numbers; 768 + 4096 with 7 classes: early 623,879, late 312,583.
  int64_t parameters() const;
  bool operator==(const FusionShape&) const = default;
};

/// PyTorch's defaults where the paper says "default".
struct FusionOptions {
  int64_t batch = 64;
  double learning_rate = 1e-3;
  double weight_decay = 0.01;
  double dropout = 0.0;
  /// W: adds W / (2 B) sum |t - i|^2 to the loss of a batch of B rows, i and t the outputs of the
  /// image and the text branch of late-joint fusion (Restrepo et al. 2024, eq. 14). Needs both.
  double regularisation = 0.0;
  uint64_t seed = 0;  // initial weights and batch order
  int threads = 1;    // the result does not depend on it, to the last bit
};

/// Streams of Rng(options.seed, .): initial weights; batch order, epoch e drawing from stream
/// kOrderStream + e.
inline constexpr uint64_t kWeightStream = 1;
inline constexpr uint64_t kOrderStream = 1000;

/// n / (classes * count), scikit-learn's "balanced", from the labels of `rows`.
/// UserError if a class has none.
std::vector<double> balanced_class_weights(std::span<const int32_t> label,
                                           std::span<const int32_t> rows, int64_t classes);

/// The same of several labels: label [N, labels] of 0, 1, or -1 (unknown: not counted); [labels,
/// 2].
std::vector<double> balanced_label_weights(std::span<const int32_t> label,
                                           std::span<const int32_t> rows, int64_t labels);

}  // namespace puente
