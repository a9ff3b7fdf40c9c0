// Made-up test sets whose true metrics are known: patients (groups) with unequal numbers of rows,
// alike in label and in score. And the metrics as the bootstrap asks for them.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/rng.h"
#include "eval/bootstrap.h"
#include "eval/distributions.h"
#include "eval/metrics.h"
#include "eval/scorer.h"

namespace puente::test {

/// Row j of patient g: label 1 with probability Phi(c + label_effect u_g); score
/// +-(strength + hardness w_g) + patient_effect v_g + e_gj, the probability of class 1 its
/// logistic; u, v, w, e standard normal.
struct Patients {
  int patients = 80;
  double more_rows = 0.6;  // rows: 1, and one more with this probability, and again, up to 12
  double strength = 0.8;
  double patient_effect = 0.5;
  double hardness = 0.7;
  double label_effect = 0.5;
  double prevalence = 0.4;
  double gain = 0;  // of the second classifier's strength
};

struct Metrics {
  double accuracy = 0;
  double auc = 0;
  double macro_f1 = 0;
};

/// Of endless patients. The AUC is that of two rows of different patients.
inline Metrics true_metrics(const Patients& design) {
  const double spread = std::hypot(design.patient_effect, design.hardness, 1.0);
  const double right = normal_cdf(design.strength / spread);  // of either class
  const double positives = design.prevalence;
  const double negatives = 1 - positives;
  // 2 TP / (2 TP + FP + FN), all errors being 1 - right
  const double f1_positive = 2 * positives * right / (2 * positives * right + 1 - right);
  const double f1_negative = 2 * negatives * right / (2 * negatives * right + 1 - right);
  return {.accuracy = right,
          .auc = normal_cdf(std::sqrt(2.0) * design.strength / spread),
          .macro_f1 = (f1_positive + f1_negative) / 2};
}

struct TestSet {
  Predictions a;
  Predictions b;  // of a second classifier, partly wrong on the same rows
  std::vector<int32_t> group;
};

inline TestSet simulate(const Patients& design, Rng& rng) {
  const double cut = normal_quantile(design.prevalence) * std::hypot(design.label_effect, 1.0);
  TestSet set;
  std::vector<double> scores_a;
  std::vector<double> scores_b;
  for (int32_t g = 0; g < design.patients; ++g) {
    const double positive = normal_cdf(cut + design.label_effect * rng.normal());
    const double effect = design.patient_effect * rng.normal();
    const double strength = design.strength + design.hardness * rng.normal();
    int rows = 1;
    while (rows < 12 && rng.uniform() < design.more_rows) ++rows;
    for (int row = 0; row < rows; ++row) {
      const int32_t label = rng.uniform() < positive ? 1 : 0;
      const double centre = (label == 1 ? strength : -strength) + effect;
      const double gain = label == 1 ? design.gain : -design.gain;
      const double shared = std::sqrt(0.5) * rng.normal();
      scores_a.push_back(centre + shared + std::sqrt(0.5) * rng.normal());
      scores_b.push_back(centre + gain + shared + std::sqrt(0.5) * rng.normal());
      set.a.label.push_back(label);
      set.group.push_back(g);
    }
  }
  set.b.label = set.a.label;
  const auto probabilities = [](const std::vector<double>& scores) {
    Matrix result(static_cast<int64_t>(scores.size()), 2);
    for (int64_t i = 0; i < result.rows(); ++i) {
      const double p = 1 / (1 + std::exp(-scores[static_cast<size_t>(i)]));
      result(i, 0) = static_cast<float>(1 - p);
      result(i, 1) = static_cast<float>(p);
    }
    return result;
  };
  set.a.probabilities = probabilities(scores_a);
  set.b.probabilities = probabilities(scores_b);
  return set;
}

/// Accuracy, AUC, macro F1.
inline Statistic metrics_of(const Predictions& predictions) {
  const auto scorer = std::make_shared<const Scorer>(predictions);
  return [scorer](std::span<const int32_t> times, std::span<double> values) {
    const Evaluation evaluation = scorer->evaluate(times);
    values[0] = evaluation.accuracy;
    values[1] = evaluation.auc;
    values[2] = evaluation.macro_f1;
  };
}

}  // namespace puente::test
