#include "heads/temperature.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "nn/losses.h"

namespace puente {
namespace {

double loss_at(double scale, MatrixView<const double> scores, std::span<const int32_t> label) {
  std::vector<double> scaled(static_cast<size_t>(scores.cols)), slope(scaled.size());
  double sum = 0;
  for (int64_t i = 0; i < scores.rows; ++i) {
    const int32_t own = label[static_cast<size_t>(i)];
    for (size_t k = 0; k < scaled.size(); ++k) scaled[k] = scale * scores.row(i)[k];
    sum += scaled.size() == 1 ? logistic_row(scaled[0], own, 1.0, slope[0])
                              : cross_entropy_row<double>(scaled, own, slope);
  }
  return sum;
}

}  // namespace

double fit_scale(MatrixView<const double> scores, std::span<const int32_t> label) {
  PUENTE_ASSERT(!label.empty() && scores.rows == static_cast<int64_t>(label.size()));
  // Golden section on the logarithm, down to rounding.
  constexpr double kKept = 1 / std::numbers::phi;
  double low = std::log(1e-3), high = std::log(1e4);
  const auto loss = [&](double x) { return loss_at(std::exp(x), scores, label); };
  double left = high - kKept * (high - low), right = low + kKept * (high - low);
  double left_loss = loss(left), right_loss = loss(right);
  while (high - low > 1e-7) {
    if (left_loss < right_loss) {
      high = right;
      right = left;
      right_loss = left_loss;
      left_loss = loss(left = high - kKept * (high - low));
    } else {
      low = left;
      left = right;
      left_loss = right_loss;
      right_loss = loss(right = low + kKept * (high - low));
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace puente
