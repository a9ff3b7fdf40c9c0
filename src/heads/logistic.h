// L2-regularised logistic regression, multinomial or, for two classes, of one logit:
//   least 1/2 |W|^2 + C sum_i s_i loss_i     (the intercept is not penalised)
// with s_i the balanced weight of row i's class: scikit-learn's LogisticRegression(C,
// class_weight="balanced"). Newton's method in double, its steps by conjugate gradients that are
// preconditioned with the Gram matrix of the features; on one thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "heads/choice.h"
#include "heads/head_data.h"
#include "heads/linear_scores.h"

namespace puente {

struct LogisticFit {
  LinearScores model;
  double gradient = 0;  // its length where the fit stopped
};

/// Several strengths on the same rows.
class LogisticTrainer {
 public:
  /// Uses data's training rows alone. UserError if a class has none.
  explicit LogisticTrainer(const HeadData& data);
  ~LogisticTrainer();

  /// Stops where the gradient is no longer than `tolerance`: since the objective is strongly convex
  /// with modulus 1 in W, W is then about that near to the optimum. `start` (nullptr: zeros) saves
  /// steps and does not change the result beyond that.
  LogisticFit fit(double c, double tolerance, const LinearScores* start = nullptr) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr double kLogisticTolerance = 1e-4;

struct LogisticChoice {
  LinearScores model;
  double c = 0;
  ValidationScore validation;
};

/// 10^-5, 10^-4.5, ... 10: for standardised features.
std::vector<double> logistic_strengths();

/// From the strongest regularisation to the weakest, each fit starting at the one before; the best
/// on the validation rows (heads/choice.h). Fits of the path stop at 0.01 where `tolerance` is
/// less; the chosen one is finished. Weak ones take longest, so the path ends after four in a row
/// that were no better. `strengths` ascending.
LogisticChoice choose_logistic(const HeadData& data, std::span<const double> strengths,
                               double tolerance = kLogisticTolerance);

}  // namespace puente
