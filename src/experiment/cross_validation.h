// Cross-validation: a training for every split of a protocol, and the predictions for all their
// test rows together.
#pragma once

#include <cstdint>
#include <vector>

#include "puente/progress.h"

#include "experiment/run.h"

namespace puente {

/// All test rows of one repeat.
template <class Target>
struct BasicPooledTest {
  std::vector<int32_t> rows;   // of the dataset, ascending
  std::vector<int32_t> split;  // which scored it: a number into CrossValidation::splits
  typename Target::Predictions predictions;  // in the order of rows
  typename Target::Evaluation scores;
};

template <class Target>
struct BasicCrossValidation {
  std::vector<NamedSplit> splits;
  std::vector<BasicRunResult<Target>> runs;  // of each split; the weights are not kept
  std::vector<BasicPooledTest<Target>> repeats;
  typename Target::Estimates estimates;  // of the mean over the repeats
};

using PooledTest = BasicPooledTest<SingleLabel>;
using CrossValidation = BasicCrossValidation<SingleLabel>;
using MultiLabelCrossValidation = BasicCrossValidation<MultiLabel>;

/// `splits` are make_splits() of the plan's protocol. Every run is the one that run() does for its
/// split. Runs go one per core, the result does not depend on it.
CrossValidation cross_validate(const Dataset& dataset, std::vector<NamedSplit> splits,
                               const RunPlan& plan, Progress& progress);
MultiLabelCrossValidation cross_validate(const MultiLabelDataset& dataset,
                                         std::vector<NamedSplit> splits, const RunPlan& plan,
                                         Progress& progress);

}  // namespace puente
