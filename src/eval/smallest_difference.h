// The smallest true difference between two classifiers that this test set could have shown: what a
// difference that is "not significant" leaves open.
#pragma once

namespace puente {

/// The minimum detectable difference, (1.96 + 0.84) standard errors: the true difference that a
/// two-sided test at 5 % finds with 80 % power (Bloom 1995, "Minimum detectable effects",
/// Evaluation Review 19:547; 1.96 and 0.84 are the 97.5 and 80 % quantiles of the normal
/// distribution). `standard_error`: that of the paired difference, in its unit; NaN gives NaN.
double smallest_difference(double standard_error);
/// The same of Student's t with `freedom` degrees of freedom, where the standard error was
/// estimated from little.
double smallest_difference(double standard_error, double freedom);

}  // namespace puente
