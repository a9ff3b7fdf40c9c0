// The form in which linear heads keep what they learned: a score per class, or, for two classes,
// one score that is positive for the second.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

namespace puente {

struct LinearScores {
  BasicMatrix<double> weight;     // [outputs, D], outputs = K, or 1 where K = 2
  std::vector<double> intercept;  // [outputs]

  /// features [N, D] -> [rows.size(), outputs]
  BasicMatrix<double> scores(MatrixView<const float> features, std::span<const int32_t> rows) const;
};

/// scores [N, outputs] -> [N, K]: softmax(scale * scores); for one output the second class has
/// sigmoid(scale * score).
Matrix to_probabilities(MatrixView<const double> scores, double scale = 1);

/// The scale between 10^-3 and 10^4 with the lowest log loss of to_probabilities(), so that they
/// are worth the name (temperature scaling, eval/temperature.h); scores [N, outputs], N > 0. It
/// changes no prediction.
double fit_scale(MatrixView<const double> scores, std::span<const int32_t> label);

}  // namespace puente
