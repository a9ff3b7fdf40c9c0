// Temperature scaling (Guo et al. 2017, ICML): probabilities made less, or more, extreme by one
// number, which leaves the order of a row's classes as it is.
//
// A temperature of 0.1 is nothing odd where an early epoch was kept: after a few dozen steps from
// small weights the log odds spread by 0.1 and rank well already, and the temperature sharpens
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "puente/matrix.h"

#include "eval/metrics.h"

namespace puente {

/// The factor from 0 up whose softmax() has the lowest log loss, which is convex in it; scores
/// [N, K]. Infinity where ever larger ones are better: every label has its row's highest score (or
/// there are no rows). 0 where ever smaller ones are: the labels' scores are on average no higher
/// than the other classes'.
double best_factor(MatrixView<const double> scores, std::span<const int32_t> label);

/// softmax(factor * scores) of every row: [N, K].
Matrix softmax(MatrixView<const double> scores, double factor);

/// The T > 0 whose with_temperature() has the lowest log loss on the (validation) predictions.
/// Nothing where no T is best: there are no rows; every label is its row's most probable class, so
/// that ever smaller T are better; or the labels' log probabilities are on average no higher than
/// the other classes', so that ever larger T are. UserError if a probability is not finite.
std::optional<double> fit_temperature(const Predictions& validation);

/// softmax(log p / temperature) of every row; the labels as they are. (A p of 0 counts as
/// log_probability() says.)
Predictions with_temperature(const Predictions& predictions, double temperature);

}  // namespace puente
