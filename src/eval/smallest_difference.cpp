#include "eval/smallest_difference.h"

#include "eval/distributions.h"

namespace puente {

double smallest_difference(double standard_error) {
  return (normal_quantile(0.975) + normal_quantile(0.8)) * standard_error;
}

double smallest_difference(double standard_error, double freedom) {
  return (student_t_quantile(0.975, freedom) + student_t_quantile(0.8, freedom)) * standard_error;
}

}  // namespace puente
