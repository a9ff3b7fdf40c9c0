// One positive factor on a head's scores, so that their softmax gives probabilities worth the name
// (temperature scaling; Guo et al. 2017: the temperature is its inverse). It changes no prediction.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

namespace puente {

/// The factor between 10^-3 and 10^4 with the lowest log loss; scores [N, outputs] as of
/// heads/linear_scores.h, N > 0. The loss is convex in it; where every row is right, more is always
/// better and the upper bound is what comes out.
double fit_scale(MatrixView<const double> scores, std::span<const int32_t> label);

}  // namespace puente
