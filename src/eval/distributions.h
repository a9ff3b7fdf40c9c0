// The normal and Student's t distribution: what intervals and tests are read from.
#pragma once

namespace puente {

/// log |Gamma(x)|. (std::lgamma also writes a sign that all threads share.)
double log_gamma(double x);

/// P(Z <= z) of the standard normal distribution.
double normal_cdf(double z);
/// Its inverse; -inf at 0, +inf at 1.
double normal_quantile(double probability);

/// P(T <= t) of Student's t with `freedom` > 0 degrees of freedom.
double student_t_cdf(double t, double freedom);
/// Its inverse; -inf at 0, +inf at 1.
double student_t_quantile(double probability, double freedom);

}  // namespace puente
