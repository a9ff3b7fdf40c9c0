// One answer per group (patient, lesion): the probabilities of the group's rows pooled, so that a
// patient with many images counts once. Metrics of these predictions are metrics per group.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eval/metrics.h"

namespace puente {

enum class Pooling {
  mean,  // of each class's probability over the group's rows
  max,   // the largest, then divided by their sum over the classes, so that they sum to 1 again
};

struct GroupPredictions {
  Predictions predictions;     // [G, K], a row per group that has rows
  std::vector<int32_t> group;  // [G] the groups' numbers, ascending
};

/// group [N]: the group of each row of the predictions, an index into `names`. UserError naming the
/// group if its rows have different labels, or if a probability is not finite.
GroupPredictions pool_groups(const Predictions& predictions, std::span<const int32_t> group,
                             std::span<const std::string> names, Pooling pooling);

}  // namespace puente
