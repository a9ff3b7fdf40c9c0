#include "eval/operating_point.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "eval/undefined.h"

namespace puente {
namespace {

double share(int64_t part, int64_t rest) {
  if (part + rest == 0) return kUndefined;
  return static_cast<double>(part) / static_cast<double>(part + rest);
}

struct Scored {
  float probability;
  bool positive;
};

std::vector<Scored> scored_rows(const Predictions& predictions, int32_t positive_class) {
  check_predictions(predictions);
  PUENTE_ASSERT(positive_class >= 0 && positive_class < predictions.probabilities.cols());
  std::vector<Scored> rows;
  rows.reserve(predictions.label.size());
  for (size_t i = 0; i < predictions.label.size(); ++i) {
    rows.push_back({predictions.probabilities(static_cast<int64_t>(i), positive_class),
                    predictions.label[i] == positive_class});
  }
  return rows;
}

int64_t positives_of(const std::vector<Scored>& rows) {
  return std::count_if(rows.begin(), rows.end(), [](const Scored& row) { return row.positive; });
}

}  // namespace

std::string_view name_of(Wish wish) {
  return wish == Wish::sensitivity ? "sensitivity" : "specificity";
}

ThresholdOutcome outcome_of(int64_t true_positives, int64_t false_positives, int64_t true_negatives,
                            int64_t false_negatives) {
  ThresholdOutcome outcome;
  outcome.true_positives = true_positives;
  outcome.false_positives = false_positives;
  outcome.true_negatives = true_negatives;
  outcome.false_negatives = false_negatives;
  outcome.sensitivity = share(true_positives, false_negatives);
  outcome.specificity = share(true_negatives, false_positives);
  outcome.positive_predictive_value = share(true_positives, false_positives);
  outcome.negative_predictive_value = share(true_negatives, false_negatives);
  return outcome;
}

std::optional<OperatingPoint> choose_threshold(const Predictions& validation,
                                               int32_t positive_class, Wish wish, double wished) {
  const std::string_view name = name_of(wish);
  if (!(wished > 0 && wished <= 1)) {
    fail("a wished {} of {} cannot be; give a share above 0 and at most 1, such as 0.95", name,
         wished);
  }
  std::vector<Scored> rows = scored_rows(validation, positive_class);
  const int64_t positives = positives_of(rows);
  const int64_t negatives = static_cast<int64_t>(rows.size()) - positives;
  if (positives == 0 || negatives == 0) {
    fail(
        "no threshold can be chosen for a {} of {}: all {} validation rows are {} the class in "
        "question",
        name, wished, rows.size(), positives == 0 ? "of other classes than" : "of");
  }
  std::sort(rows.begin(), rows.end(),
            [](const Scored& a, const Scored& b) { return a.probability > b.probability; });
  double ThresholdOutcome::*asked = &ThresholdOutcome::sensitivity;
  double ThresholdOutcome::*other = &ThresholdOutcome::specificity;
  if (wish == Wish::specificity) std::swap(asked, other);
  std::optional<OperatingPoint> chosen;
  int64_t true_positives = 0;
  int64_t false_positives = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    ++(rows[i].positive ? true_positives : false_positives);
    if (i + 1 < rows.size() && rows[i + 1].probability == rows[i].probability) continue;
    const OperatingPoint here = {
        rows[i].probability, outcome_of(true_positives, false_positives,
                                        negatives - false_positives, positives - true_positives)};
    if (here.validation.*asked < wished) continue;
    if (!chosen || here.validation.*other > chosen->validation.*other ||
        (here.validation.*other == chosen->validation.*other &&
         here.validation.*asked > chosen->validation.*asked)) {
      chosen = here;
    }
  }
  return chosen;
}

ThresholdOutcome at_threshold(const Predictions& predictions, int32_t positive_class,
                              float threshold) {
  const std::vector<Scored> rows = scored_rows(predictions, positive_class);
  int64_t true_positives = 0;
  int64_t false_positives = 0;
  for (const Scored& row : rows) {
    if (row.probability >= threshold) ++(row.positive ? true_positives : false_positives);
  }
  const int64_t positives = positives_of(rows);
  const int64_t negatives = static_cast<int64_t>(rows.size()) - positives;
  return outcome_of(true_positives, false_positives, negatives - false_positives,
                    positives - true_positives);
}

}  // namespace puente
