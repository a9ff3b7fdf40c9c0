#include "heads/linear_scores.h"

#include <algorithm>

#include "base/error.h"
#include "data/rows_at.h"
#include "eval/temperature.h"
#include "nn/losses.h"
#include "tensor/products.h"

namespace puente {

BasicMatrix<double> LinearScores::scores(MatrixView<const float> features,
                                         std::span<const int32_t> rows) const {
  PUENTE_ASSERT(features.cols == weight.cols());
  BasicMatrix<double> out(static_cast<int64_t>(rows.size()), weight.rows());
  multiply_by_transposed<float>(rows_at(features, rows), weight, out.view());
  for (int64_t i = 0; i < out.rows(); ++i) {
    for (int64_t k = 0; k < out.cols(); ++k) out(i, k) += intercept[static_cast<size_t>(k)];
  }
  return out;
}

Matrix to_probabilities(MatrixView<const double> scores, double scale) {
  if (scores.cols > 1) return softmax(scores, scale);
  Matrix p(scores.rows, 2);
  for (int64_t i = 0; i < scores.rows; ++i) {
    const double score = scale * scores.row(i)[0];
    p(i, 1) = static_cast<float>(sigmoid(score));
    p(i, 0) = static_cast<float>(sigmoid(-score));
  }
  return p;
}

double fit_scale(MatrixView<const double> scores, std::span<const int32_t> label) {
  PUENTE_ASSERT(!label.empty());
  constexpr double kLeast = 1e-3, kMost = 1e4;
  if (scores.cols > 1) return std::clamp(best_factor(scores, label), kLeast, kMost);
  BasicMatrix<double> both(scores.rows, 2);  // sigmoid(s) is softmax(0, s)
  for (int64_t i = 0; i < scores.rows; ++i) both(i, 1) = scores.row(i)[0];
  return std::clamp(best_factor(both, label), kLeast, kMost);
}

}  // namespace puente
