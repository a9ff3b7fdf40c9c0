// Temperature scaling (Guo et al. 2017, ICML): probabilities made less, or more, extreme by one
// number, which leaves the order of a row's classes as it is.
//
// A temperature of 0.1 is nothing odd where an early epoch was kept: after a few dozen steps from
// small weights the log odds spread by 0.1 and rank well already, and the temperature sharpens
// them.
#pragma once

#include <optional>

#include "eval/metrics.h"

namespace puente {

/// The T > 0 whose with_temperature() has the lowest log loss on the (validation) predictions.
/// Nothing where no T is best: there are no rows; every label is its row's most probable class, so
/// that ever smaller T are better; or the labels' log probabilities are on average no higher than
/// the other classes', so that ever larger T are. UserError if a probability is not finite.
std::optional<double> fit_temperature(const Predictions& validation);

/// softmax(log p / temperature) of every row; the labels as they are. (A p of 0 counts as
/// log_probability() says.)
Predictions with_temperature(const Predictions& predictions, double temperature);

}  // namespace puente
