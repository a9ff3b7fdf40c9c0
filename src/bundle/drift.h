// Drift: how far the vectors of other rows (another hospital's) lie from those that trained.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

namespace puente {

/// Of one modality's vectors, before any alignment, over n rows: per dimension j the mean m_j and
/// the standard deviation s_j (divided by n; 0 where it is under a millionth of |m_j|: float
/// rounding alone makes as much).
struct Moments {
  int64_t rows = 0;
  std::vector<double> mean;  // [D]
  std::vector<double> sd;    // [D]
};

/// rows: of `vectors`, at least one.
Moments moments_of(const Matrix& vectors, std::span<const int32_t> rows);

/// How far the mean is off because these rows were drawn and not others of the same population, in
/// units of `scale`'s sd: sqrt(mean over the dimensions with sd > 0 of v_j / s_j^2). v_j is the
/// variance of a mean of G groups whose rows are alike (linearisation; Cochran 1977, section 9A.1):
///   v_j = G / (G - 1) * sum over the groups of (sum over its rows of x_ij - m_j)^2 / n^2.
/// With each row its own group it is about 1 / sqrt(n). NaN for one group, or where no dimension
/// has an sd. group[i]: the group of rows[i], any number.
double error_of_mean(const Matrix& vectors, std::span<const int32_t> rows,
                     std::span<const int32_t> group, const Moments& scale);

/// What is kept of the training rows of one modality.
struct TrainingMoments {
  Moments moments;
  double error = 0;  // error_of_mean() in units of their own sd
};

struct Drift {
  int64_t dimensions = 0;  // that vary in training: those that shift and sampling are about
  /// Root mean square over them of (new mean - training mean) / training sd. NaN if there are none.
  double shift = 0;
  /// What shift would be on average (root mean square) if nothing had changed but the rows drawn:
  /// sqrt(training error^2 + new error^2).
  double sampling = 0;
  /// Mean over all dimensions of the new variance, divided by that of the training variance. NaN if
  /// that is 0.
  double variance_ratio = 0;
};

/// Of all rows of `vectors`; as many columns as training.moments has dimensions. group [N].
Drift drift_of(const Matrix& vectors, std::span<const int32_t> group,
               const TrainingMoments& training);

}  // namespace puente
