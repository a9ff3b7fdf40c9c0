// In how many directions the vectors of a table spread, and how much of that the two modalities
// have in the plane in which the paper draws them.
#pragma once

#include <array>
#include <limits>

#include "puente/progress.h"

#include "align/distinct_units.h"

namespace puente {

/// exp(-sum p log p) with p the eigenvalues of the covariance matrix of the unit vectors, divided
/// by their sum (the effective rank of Roy and Vetterli 2007, of that matrix): d where all d
/// directions vary alike, 1 where only one does. NaN where nothing varies. At most N - 1, so that
/// figures of tables with fewer rows than some times d are no figures of the encoder.
///
/// Takes K d min(K, d) / 2 multiplications on all threads and about 4 min(K, d)^3 on one.
double effective_rank(const DistinctUnits& vectors, int threads, Progress& progress);

/// The first two principal components of the unit vectors of both modalities together, centred at
/// their common mean: what figure 2 of the paper shows. Variances are mean squared distances from
/// the modality's own mean, along each component; the paper's figures (2.4.5) are of this plane.
struct JointComponents {
  std::array<double, 2> share{};  // of the variance of all vectors
  std::array<double, 2> image_variance{};
  std::array<double, 2> text_variance{};
};

/// `image` and `text` of equal widths. Shares are NaN where nothing varies.
JointComponents joint_components(const DistinctUnits& image, const DistinctUnits& text, int threads,
                                 Progress& progress);

}  // namespace puente
