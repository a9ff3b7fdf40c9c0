// Ridge classifier: least squares on targets of +1 for the row's own class and -1 for the others,
//   least sum_i s_i (y_i - w x_i - b)^2 + alpha |w|^2     (b is not penalised)
// with s_i the balanced weight of row i's class: scikit-learn's RidgeClassifier(alpha,
// class_weight="balanced"). Closed form, in double, on whichever of rows and features is fewer.
#pragma once

#include <span>
#include <vector>

#include "heads/choice.h"
#include "heads/head_data.h"
#include "heads/linear_scores.h"

namespace puente {

/// Several strengths on the same rows.
class RidgeTrainer {
 public:
  /// Uses data's training rows alone. UserError if a class has none.
  explicit RidgeTrainer(const HeadData& data);
  /// alpha > 0
  LinearScores fit(double alpha) const;

 private:
  bool has_fewer_rows() const { return x_.rows() < x_.cols(); }

  BasicMatrix<double> x_;       // [n, D] sqrt(s) (x - mean)
  BasicMatrix<double> y_;       // [outputs, n] sqrt(s) (y - mean)
  std::vector<double> x_mean_;  // by weight
  std::vector<double> y_mean_;
  BasicMatrix<double> gram_;        // of features, or of rows where they are fewer; upper
  BasicMatrix<double> right_side_;  // [outputs, D] y_ x_; y_ itself where rows are fewer
};

struct RidgeChoice {
  LinearScores model;
  double scale = 1;  // of the scores in the softmax (fit_scale())
  double alpha = 0;
  ValidationScore validation;
};

/// 10^6, 10^5.5, ... 1: for standardised features.
std::vector<double> ridge_strengths();

/// The best on the validation rows (heads/choice.h).
RidgeChoice choose_ridge(const HeadData& data, std::span<const double> alphas);

}  // namespace puente
