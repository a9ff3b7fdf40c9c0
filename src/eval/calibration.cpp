#include "eval/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "eval/log_loss.h"
#include "eval/undefined.h"

namespace puente {
namespace {

/// One row as logistic regression sees it.
struct Outcome {
  double log_odds;
  bool positive;
};

double sigmoid(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

/// -log sigmoid(x)
double softplus_of_minus(double x) {
  return std::max(-x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

struct Line {
  double intercept = 0;
  double slope = 0;
};

double loss_of(const std::vector<Outcome>& rows, const Line& line) {
  double loss = 0;
  for (const Outcome& row : rows) {
    const double x = line.intercept + line.slope * row.log_odds;
    loss += softplus_of_minus(row.positive ? x : -x);
  }
  return loss;
}

/// The step of Newton's method from `line`.
Line newton_step(const std::vector<Outcome>& rows, const Line& line) {
  double gradient_a = 0, gradient_b = 0, hessian_aa = 0, hessian_ab = 0, hessian_bb = 0;
  for (const Outcome& row : rows) {
    const double p = sigmoid(line.intercept + line.slope * row.log_odds);
    const double error = p - (row.positive ? 1 : 0);
    const double weight = p * (1 - p);
    gradient_a += error;
    gradient_b += error * row.log_odds;
    hessian_aa += weight;
    hessian_ab += weight * row.log_odds;
    hessian_bb += weight * row.log_odds * row.log_odds;
  }
  const double determinant = hessian_aa * hessian_bb - hessian_ab * hessian_ab;
  if (!(determinant > 0)) return {};
  return {-(hessian_bb * gradient_a - hessian_ab * gradient_b) / determinant,
          -(hessian_aa * gradient_b - hessian_ab * gradient_a) / determinant};
}

/// Newton's method, its steps halved until they lower the loss, which is convex. A best line must
/// exist; the log odds are standardised.
Line best_line(const std::vector<Outcome>& rows) {
  constexpr double kNoise = 1e-12;  // of the loss, and of a step: what rounding leaves
  Line line;
  double loss = loss_of(rows, line);
  for (int iteration = 0; iteration < 200; ++iteration) {
    Line step = newton_step(rows, line);
    for (int halving = 0; halving < 60; ++halving) {
      const Line next = {line.intercept + step.intercept, line.slope + step.slope};
      const double next_loss = loss_of(rows, next);
      if (next_loss <= loss * (1 + kNoise)) {
        line = next;
        loss = next_loss;
        break;
      }
      step = {step.intercept / 2, step.slope / 2};
    }
    if (std::abs(step.intercept) + std::abs(step.slope) <
        kNoise * (1 + std::abs(line.intercept) + std::abs(line.slope))) {
      break;
    }
  }
  return line;
}

/// Whether a best line exists (Albert and Anderson 1984, Biometrika 71): no threshold on the log
/// odds has one kind of outcome on each of its sides.
bool outcomes_overlap(const std::vector<Outcome>& rows) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double lowest[2] = {kInfinity, kInfinity};
  double highest[2] = {-kInfinity, -kInfinity};
  for (const Outcome& row : rows) {
    lowest[row.positive] = std::min(lowest[row.positive], row.log_odds);
    highest[row.positive] = std::max(highest[row.positive], row.log_odds);
  }
  return lowest[1] < highest[0] && lowest[0] < highest[1];
}

Line fit_line(const std::vector<Outcome>& rows) {
  if (!outcomes_overlap(rows)) return {kUndefined, kUndefined};
  const auto count = static_cast<double>(rows.size());
  double mean = 0;
  for (const Outcome& row : rows) mean += row.log_odds / count;
  double variance = 0;
  for (const Outcome& row : rows) variance += (row.log_odds - mean) * (row.log_odds - mean) / count;
  const double deviation = std::sqrt(variance);
  std::vector<Outcome> standardised = rows;
  for (Outcome& row : standardised) row.log_odds = (row.log_odds - mean) / deviation;
  const Line line = best_line(standardised);
  return {line.intercept - line.slope * mean / deviation, line.slope / deviation};
}

/// The shift of the log odds with which the probabilities sum to the number of positives.
double fit_shift(const std::vector<Outcome>& rows) {
  double positives = 0;
  for (const Outcome& row : rows) positives += row.positive;
  const double negatives = static_cast<double>(rows.size()) - positives;
  if (positives == 0 || negatives == 0) return kUndefined;
  const auto [least, most] = std::minmax_element(
      rows.begin(), rows.end(),
      [](const Outcome& a, const Outcome& b) { return a.log_odds < b.log_odds; });
  // With the first no probability exceeds the positives' share, with the second none is below it.
  double low = std::log(positives / negatives) - most->log_odds;
  double high = std::log(positives / negatives) - least->log_odds;
  for (double middle; (middle = low + (high - low) / 2) > low && middle < high;) {
    double sum = 0;
    for (const Outcome& row : rows) sum += sigmoid(middle + row.log_odds);
    (sum < positives ? low : high) = middle;
  }
  return high;
}

Recalibration recalibration_of(const Predictions& predictions, int64_t k) {
  const Matrix& p = predictions.probabilities;
  std::vector<Outcome> rows;
  rows.reserve(predictions.label.size());
  for (int64_t i = 0; i < p.rows(); ++i) {
    double rest = 0;  // more exact than 1 - p where p is nearly 1
    for (int64_t j = 0; j < p.cols(); ++j) rest += j == k ? 0.0 : static_cast<double>(p(i, j));
    rows.push_back({log_probability(p(i, k)) - log_probability(rest),
                    predictions.label[static_cast<size_t>(i)] == k});
  }
  const Line line = fit_line(rows);
  return {line.slope, line.intercept, fit_shift(rows)};
}

double brier_score(const Predictions& predictions) {
  const Matrix& p = predictions.probabilities;
  if (p.rows() == 0) return kUndefined;
  double sum = 0;
  for (int64_t i = 0; i < p.rows(); ++i) {
    for (int64_t k = 0; k < p.cols(); ++k) {
      const double error = p(i, k) - (predictions.label[static_cast<size_t>(i)] == k ? 1.0 : 0.0);
      sum += error * error;
    }
  }
  return sum / static_cast<double>(p.rows());
}

std::vector<ReliabilityBin> reliability_bins(const Predictions& predictions) {
  const Matrix& p = predictions.probabilities;
  std::vector<ReliabilityBin> bins(kReliabilityBins);
  for (int b = 0; b < kReliabilityBins; ++b) {
    bins[static_cast<size_t>(b)].lower = static_cast<double>(b) / kReliabilityBins;
    bins[static_cast<size_t>(b)].upper = static_cast<double>(b + 1) / kReliabilityBins;
  }
  for (int64_t i = 0; i < p.rows(); ++i) {
    const int32_t stated = p.cols() == 2 ? 1 : predicted_class(p.row_span(i));
    const double confidence = p(i, stated);
    const auto bin = std::find_if(bins.begin(), bins.end() - 1,
                                  [&](const ReliabilityBin& b) { return confidence <= b.upper; });
    ++bin->rows;
    bin->mean_confidence += confidence;
    bin->share_correct += predictions.label[static_cast<size_t>(i)] == stated;
  }
  for (ReliabilityBin& bin : bins) {  // the sums become means, 0 / 0 NaN
    bin.mean_confidence /= static_cast<double>(bin.rows);
    bin.share_correct /= static_cast<double>(bin.rows);
  }
  return bins;
}

double expected_error(const std::vector<ReliabilityBin>& bins, int64_t rows) {
  if (rows == 0) return kUndefined;
  double sum = 0;
  for (const ReliabilityBin& bin : bins) {
    if (bin.rows == 0) continue;
    sum += static_cast<double>(bin.rows) * std::abs(bin.share_correct - bin.mean_confidence);
  }
  return sum / static_cast<double>(rows);
}

}  // namespace

Calibration calibration_of(const Predictions& predictions) {
  check_predictions(predictions);
  Calibration result;
  result.brier = brier_score(predictions);
  result.bins = reliability_bins(predictions);
  result.expected_error = expected_error(result.bins, predictions.probabilities.rows());
  for (int64_t k = 0; k < predictions.probabilities.cols(); ++k) {
    result.classes.push_back(recalibration_of(predictions, k));
  }
  return result;
}

}  // namespace puente
