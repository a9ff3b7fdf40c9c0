#include "heads/features.h"

#include <cmath>

#include "base/error.h"

namespace puente {

Standardiser::Standardiser(MatrixView<const float> features, std::span<const int32_t> rows)
    : mean_(static_cast<size_t>(features.cols)), sd_(mean_.size()) {
  PUENTE_ASSERT(!rows.empty());
  const double n = static_cast<double>(rows.size());
  std::vector<bool> varies(mean_.size(), false);
  for (const int32_t row : rows) {
    PUENTE_ASSERT(row >= 0 && row < features.rows);
    const float* x = features.row(row);
    for (size_t j = 0; j < mean_.size(); ++j) {
      if (!std::isfinite(x[j])) fail("row {}, feature {} is not a finite number", row + 1, j);
      mean_[j] += x[j];
      if (x[j] != features.row(rows[0])[j]) varies[j] = true;
    }
  }
  for (double& mean : mean_) mean /= n;
  for (const int32_t row : rows) {
    const float* x = features.row(row);
    for (size_t j = 0; j < sd_.size(); ++j) {
      const double from_mean = x[j] - mean_[j];
      sd_[j] += from_mean * from_mean;
    }
  }
  // Rounding of the mean can give a constant column a hair of variance.
  for (size_t j = 0; j < sd_.size(); ++j) sd_[j] = varies[j] ? std::sqrt(sd_[j] / n) : 0.0;
}

double Standardiser::apply(double value, int64_t column) const {
  const auto j = static_cast<size_t>(column);
  return sd_[j] > 0 ? (value - mean_[j]) / sd_[j] : 0.0;
}

Matrix Standardiser::apply(MatrixView<const float> features) const {
  PUENTE_ASSERT(features.cols == static_cast<int64_t>(mean_.size()));
  Matrix out(features.rows, features.cols);
  for (int64_t i = 0; i < out.rows(); ++i) {
    for (int64_t j = 0; j < out.cols(); ++j) {
      out(i, j) = static_cast<float>(apply(static_cast<double>(features.row(i)[j]), j));
    }
  }
  return out;
}

}  // namespace puente
