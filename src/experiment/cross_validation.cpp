#include "experiment/cross_validation.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/threads.h"
#include "data/rows_at.h"
#include "eval/join_predictions.h"

namespace puente {
namespace {

PooledTest pool(const Dataset& dataset, const CrossValidation& all, int repeat) {
  PooledTest pooled;
  std::vector<Predictions> parts;
  std::vector<int32_t> rows, split;
  for (size_t i = 0; i < all.splits.size(); ++i) {
    if (all.splits[i].repeat != repeat) continue;
    const std::vector<int32_t>& test = all.splits[i].split.test;
    parts.push_back(all.runs[i].predictions);
    rows.insert(rows.end(), test.begin(), test.end());
    split.insert(split.end(), test.size(), static_cast<int32_t>(i));
  }
  const Predictions unsorted = joined(parts);
  std::vector<int32_t> order = first_numbers(rows.size());
  std::ranges::sort(order, {}, [&](int32_t i) { return rows[static_cast<size_t>(i)]; });
  pooled.rows = labels_at(rows, order);
  pooled.split = labels_at(split, order);
  pooled.predictions = {rows_at(unsorted.probabilities, order), labels_at(unsorted.label, order)};
  pooled.scores = evaluate(pooled.predictions, dataset.order);
  return pooled;
}

}  // namespace

CrossValidation cross_validate(const Dataset& dataset, std::vector<NamedSplit> splits,
                               const RunPlan& plan, Progress& progress) {
  CrossValidation all;
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
    RunResult result =
        run(dataset, split, align_for(dataset, split, plan.protocol.kind, plan.align), of_one,
            [&progress] { progress.advance(1); });
    result.weights = {};
    all.runs[static_cast<size_t>(i)] = std::move(result);
  });
  progress.end();
  for (int repeat = 0; repeat <= all.splits.back().repeat; ++repeat) {
    all.repeats.push_back(pool(dataset, all, repeat));
  }
  std::vector<Predictions> repeats;
  for (const PooledTest& pooled : all.repeats) repeats.push_back(pooled.predictions);
  all.estimates = estimate_test(dataset, all.repeats.front().rows, repeats, plan.options.threads);
  return all;
}

}  // namespace puente
