// Scorer: the metrics of predictions in which each row counts a number of times. Everything that
// does not depend on these numbers (the order of the rows by each class's probability) is worked
// out once, so that a bootstrap's thousands of samples cost a pass over the rows each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "eval/bootstrap.h"
#include "eval/metrics.h"

namespace puente {

class Scorer {
 public:
  /// `ordinal`: the order of an ordinal label's classes. UserError if a probability is not finite.
  explicit Scorer(const Predictions& predictions, std::optional<ClassOrder> ordinal = std::nullopt);

  int64_t rows() const { return static_cast<int64_t>(truth_.size()); }

  /// What evaluate() gives, to the last bit, for the predictions with row i repeated times[i] times
  /// (0: left out). times [N]. May be called by several threads at once.
  Evaluation evaluate(std::span<const int32_t> times) const;

 private:
  struct Ranked {
    int32_t row;
    bool positive;    // of the class in question
    bool ends_a_tie;  // the next row's probability is lower
  };

  void evaluate_ranking(std::span<const Ranked> ranking, std::span<const int32_t> times,
                        ClassMetrics& metrics) const;

  std::optional<ClassOrder> order_;
  std::vector<int32_t> truth_;                // [N]
  std::vector<int32_t> predicted_;            // [N]
  std::vector<std::vector<Ranked>> ranking_;  // [K][N], by the class's probability, descending
};

/// Two figures for a bootstrap: macro F1, then AUC.
Statistic macro_f1_and_auc(const Predictions& predictions);

}  // namespace puente
