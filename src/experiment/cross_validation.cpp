#include "experiment/cross_validation.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/threads.h"
#include "data/rows_at.h"
#include "eval/join_predictions.h"

namespace puente {
namespace {

Predictions predictions_at(const Predictions& all, std::span<const int32_t> rows) {
  return {rows_at(all.probabilities, rows), labels_at(all.label, rows)};
}

template <class Target>
BasicPooledTest<Target> pool(const typename Target::Dataset& dataset,
                             const BasicCrossValidation<Target>& all, int repeat) {
  BasicPooledTest<Target> pooled;
  std::vector<typename Target::Predictions> parts;
  std::vector<int32_t> rows, split;
  for (size_t i = 0; i < all.splits.size(); ++i) {
    if (all.splits[i].repeat != repeat) continue;
    const std::vector<int32_t>& test = all.splits[i].split.test;
    parts.push_back(all.runs[i].predictions);
    rows.insert(rows.end(), test.begin(), test.end());
    split.insert(split.end(), test.size(), static_cast<int32_t>(i));
  }
  const typename Target::Predictions unsorted = joined(parts);
  std::vector<int32_t> order = first_numbers(rows.size());
  std::ranges::sort(order, {}, [&](int32_t i) { return rows[static_cast<size_t>(i)]; });
  pooled.rows = labels_at(rows, order);
  pooled.split = labels_at(split, order);
  pooled.predictions = predictions_at(unsorted, order);
  pooled.scores = scores_of(dataset, pooled.predictions);
  return pooled;
}

template <class Target>
BasicCrossValidation<Target> cross_validate_target(const typename Target::Dataset& dataset,
                                                   std::vector<NamedSplit> splits,
                                                   const RunPlan& plan, Progress& progress) {
  BasicCrossValidation<Target> all;
  all.splits = std::move(splits);
  all.runs.resize(all.splits.size());
  int64_t epochs = 0;
  for (const NamedSplit& one : all.splits) epochs += most_epochs(one.split, plan);
  const int threads = std::min(plan.options.threads, static_cast<int>(all.splits.size()));
  RunPlan of_one = plan;
  of_one.options.threads = std::max(1, plan.options.threads / threads);
  progress.begin("training", "epochs", epochs);
  parallel_for(static_cast<int64_t>(all.splits.size()), threads, [&](int64_t i, int) {
    const Split& split = all.splits[static_cast<size_t>(i)].split;
    BasicRunResult<Target> result =
        run(dataset, split, align_for(dataset, split, plan.protocol.kind, plan.align), of_one,
            [&progress] { progress.advance(1); });
    result.weights = {};
    all.runs[static_cast<size_t>(i)] = std::move(result);
  });
  progress.end();
  for (int repeat = 0; repeat <= all.splits.back().repeat; ++repeat) {
    all.repeats.push_back(pool<Target>(dataset, all, repeat));
  }
  std::vector<typename Target::Predictions> repeats;
  for (const auto& pooled : all.repeats) repeats.push_back(pooled.predictions);
  all.estimates = estimate_test(dataset, all.repeats.front().rows, repeats, plan.options.threads);
  return all;
}

}  // namespace

CrossValidation cross_validate(const Dataset& dataset, std::vector<NamedSplit> splits,
                               const RunPlan& plan, Progress& progress) {
  return cross_validate_target<SingleLabel>(dataset, std::move(splits), plan, progress);
}

MultiLabelCrossValidation cross_validate(const MultiLabelDataset& dataset,
                                         std::vector<NamedSplit> splits, const RunPlan& plan,
                                         Progress& progress) {
  return cross_validate_target<MultiLabel>(dataset, std::move(splits), plan, progress);
}

}  // namespace puente
