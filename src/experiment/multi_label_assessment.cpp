#include "experiment/multi_label_assessment.h"

#include "base/error.h"

namespace puente {
namespace {

/// Calls `check` with the label's question alone; what it throws names the label.
template <class Check>
void for_each_label(const MultiLabelDataset& dataset, Check&& check) {
  for (int64_t l = 0; l < dataset.labels.count(); ++l) {
    try {
      check(l, one_label(dataset, l, Vectors::none));
    } catch (const UserError& error) {
      fail("label '{}': {}", dataset.labels.names[static_cast<size_t>(l)], error.what());
    }
  }
}

}  // namespace

void check_assessment(const MultiLabelDataset& dataset, const Split& split,
                      const AssessmentPlan& plan, const Wishes& wishes) {
  for_each_label(dataset, [&](int64_t, const OneLabel& one) {
    check_assessment(one.dataset, one.split(split), plan, wishes);
  });
}

std::vector<Fitted> fit_assessment(const MultiLabelDataset& dataset, const Split& split,
                                   const MultiLabelPredictions& chosen_on,
                                   const AssessmentPlan& plan, const Wishes& wishes) {
  std::vector<Fitted> fitted;
  for_each_label(dataset, [&](int64_t l, const OneLabel& one) {
    fitted.push_back(fit_assessment(one.dataset, one.split(split),
                                    of_label(chosen_on, l).predictions, plan, wishes));
  });
  return fitted;
}

std::vector<Assessment> assess(const MultiLabelDataset& dataset, const MultiLabelScoredRows& test,
                               const std::vector<Fitted>& fitted, const AssessmentPlan& plan) {
  PUENTE_ASSERT(static_cast<int64_t>(fitted.size()) == dataset.labels.count());
  std::vector<Assessment> all;
  for_each_label(dataset, [&](int64_t l, const OneLabel& one) {
    LabelPredictions own = of_label(test.predictions, l);
    Split rows;
    for (const int32_t place : own.rows) {
      rows.test.push_back(test.rows[static_cast<size_t>(place)]);
    }
    all.push_back(assess(one.dataset, {one.split(rows).test, std::move(own.predictions)},
                         fitted[static_cast<size_t>(l)], plan));
  });
  return all;
}

}  // namespace puente
