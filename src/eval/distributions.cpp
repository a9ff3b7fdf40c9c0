#include "eval/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"

namespace puente {

double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

namespace {

/// The regularised incomplete beta function I_x(a, b) for x <= (a + 1) / (a + b + 2): the continued
/// fraction DLMF 8.17.22, worked out from its far end; about sqrt(max(a, b)) terms are enough.
double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  const int pairs = 50 + static_cast<int>(5 * std::sqrt(std::max(a, b)));
  double fraction = 1;
  for (int m = pairs; m >= 0; --m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    fraction = 1 + odd / fraction;
    if (m > 0) fraction = 1 + even / fraction;
  }
  const double log_beta = log_gamma(a) + log_gamma(b) - log_gamma(a + b);
  return std::exp(a * std::log(x) + b * std::log1p(-x) - log_beta) / (a * fraction);
}

/// The x <= 0 where the ascending `cdf` reaches `probability`, by halving down to the last bit.
template <class Cdf>
double quantile_below_zero(double probability, const Cdf& cdf) {
  double low = -1;
  while (cdf(low) > probability) low *= 2;
  double high = 0;
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (cdf(middle) < probability ? low : high) = middle;
  }
}

template <class Cdf>
double quantile(double probability, const Cdf& cdf) {
  PUENTE_ASSERT(probability >= 0 && probability <= 1);
  if (probability == 0) return -std::numeric_limits<double>::infinity();
  if (probability == 1) return std::numeric_limits<double>::infinity();
  return probability <= 0.5 ? quantile_below_zero(probability, cdf)
                            : -quantile_below_zero(1 - probability, cdf);
}

}  // namespace

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double normal_quantile(double probability) { return quantile(probability, normal_cdf); }

double student_t_cdf(double t, double freedom) {
  PUENTE_ASSERT(freedom > 0);
  const double a = freedom / 2;
  const double x = freedom / (freedom + t * t);
  // both tails beyond |t|: I_x(a, 1/2), or 1 - I_{1-x}(1/2, a) where that converges faster
  const double tails = x <= (a + 1) / (a + 2.5)
                           ? incomplete_beta(a, 0.5, x)
                           : 1 - incomplete_beta(0.5, a, t * t / (freedom + t * t));
  return t < 0 ? tails / 2 : 1 - tails / 2;
}

double student_t_quantile(double probability, double freedom) {
  return quantile(probability, [&](double t) { return student_t_cdf(t, freedom); });
}

}  // namespace puente
