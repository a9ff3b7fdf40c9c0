// Metrics of a classifier's predictions, with scikit-learn's definitions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

namespace puente {

/// probabilities [N, K]; label [N] in 0 .. K-1.
struct Predictions {
  Matrix probabilities;
  std::vector<int32_t> label;
};

struct ClassMetrics {
  double precision = 0;  // 0 where nothing was predicted as this class
  double recall = 0;
  double f1 = 0;
  int64_t support = 0;
};

struct Evaluation {
  int64_t rows = 0;
  double accuracy = 0;  // like macro_f1, NaN when there are no rows
  double macro_f1 = 0;  // over the classes that occur in label or prediction, as scikit-learn does
  double auc = 0;       // macro one-vs-rest from probabilities; NaN when a class has no rows
  std::vector<ClassMetrics> classes;            // [K]
  std::vector<std::vector<int64_t>> confusion;  // [K][K], row: true, column: predicted
};

/// The most probable class, the lower index on ties (binary: p(1) > 0.5).
int32_t predicted_class(std::span<const float> probabilities);

/// UserError if a probability is not finite, as after a training that diverged.
Evaluation evaluate(const Predictions& predictions);

}  // namespace puente
