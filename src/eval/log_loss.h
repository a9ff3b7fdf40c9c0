// Log loss: how surprised the probabilities are by the labels.
#pragma once

#include "eval/metrics.h"

namespace puente {

/// The natural logarithm, of the smallest normal float32 (1.2e-38) where p is smaller: a float32
/// probability of 0 stands for one too small to be written, not for an impossible event.
double log_probability(double p);

/// The mean over the rows of -log p(label); NaN when there are no rows. UserError if a probability
/// is not finite.
double log_loss(const Predictions& predictions);

}  // namespace puente
