#include "heads/linear_scores.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/rows_at.h"
#include "heads/products.h"
#include "nn/losses.h"

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
  Matrix p(scores.rows, scores.cols == 1 ? 2 : scores.cols);
  for (int64_t i = 0; i < scores.rows; ++i) {
    const std::span<const double> row = scores.row_span(i);
    if (row.size() == 1) {
      p(i, 1) = static_cast<float>(sigmoid(scale * row[0]));
      p(i, 0) = static_cast<float>(sigmoid(-scale * row[0]));
      continue;
    }
    const double largest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const double score : row) sum += std::exp(scale * (score - largest));
    for (size_t k = 0; k < row.size(); ++k) {
      p(i, static_cast<int64_t>(k)) =
          static_cast<float>(std::exp(scale * (row[k] - largest)) / sum);
    }
  }
  return p;
}

}  // namespace puente
