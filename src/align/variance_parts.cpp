#include "align/variance_parts.h"

#include <algorithm>

#include "align/unit_vector.h"
#include "base/error.h"

namespace puente {
namespace {

double sum_of_squared(std::span<const double> v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return sum;
}

}  // namespace

void VarianceByEncoder::add(MatrixView<const float> vectors) {
  PUENTE_ASSERT(vectors.rows > 0);
  const auto width = static_cast<size_t>(vectors.cols);
  if (encoders_ == 0) means_.assign(width, 0);
  PUENTE_ASSERT(means_.size() == width);
  const auto rows = static_cast<double>(vectors.rows);
  BasicMatrix<double> units(vectors.rows, vectors.cols);
  std::vector<double> mean(width);
  for (int64_t i = 0; i < units.rows(); ++i) {
    unit_vector(vectors.row_span(i), units.row_span(i));
    squares_ += sum_of_squared(units.row_span(i)) / rows;
    for (size_t j = 0; j < width; ++j) mean[j] += units.row(i)[j] / rows;
  }
  double variance = 0;
  for (int64_t i = 0; i < units.rows(); ++i) {
    for (size_t j = 0; j < width; ++j) {
      const double difference = units.row(i)[j] - mean[j];
      variance += difference * difference / rows;
    }
  }
  for (size_t j = 0; j < width; ++j) means_[j] += mean[j];
  squares_of_means_ += sum_of_squared(mean);
  variances_ += variance;
  ++encoders_;
}

VarianceParts VarianceByEncoder::parts() const {
  PUENTE_ASSERT(encoders_ > 0);
  const auto n = static_cast<double>(encoders_);
  const double square_of_mean = sum_of_squared(means_) / (n * n);
  // Rounding can leave a hair below zero where nothing varies.
  return {.total = std::max(0.0, squares_ / n - square_of_mean),
          .from_weights = std::max(0.0, squares_of_means_ / n - square_of_mean),
          .from_data = variances_ / n};
}

}  // namespace puente
