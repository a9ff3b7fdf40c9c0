// How an epoch is cut into batches, what is drawn from the seed, and the loss that the shape and
// the class weights make: what the plain and the fast trainer must do alike.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "fusion/fusion.h"
#include "nn/adamw.h"
#include "nn/losses.h"

namespace puente {

/// Batch b is [bounds[b], bounds[b + 1]). A last batch of one row joins the one before.
inline std::vector<int64_t> batch_bounds(int64_t rows, int64_t batch) {
  std::vector<int64_t> bounds;
  for (int64_t begin = 0; begin < rows; begin += batch) bounds.push_back(begin);
  if (bounds.size() > 1 && rows - bounds.back() == 1) bounds.pop_back();
  bounds.push_back(rows);
  return bounds;
}

/// The order of the training rows in an epoch, from the seed and the epoch's number alone.
inline std::vector<int32_t> epoch_order(std::span<const int32_t> train_rows, uint64_t seed,
                                        int64_t epoch) {
  std::vector<int32_t> order(train_rows.begin(), train_rows.end());
  Rng rng(seed, kOrderStream + static_cast<uint64_t>(epoch));
  rng.shuffle(std::span<int32_t>(order));
  return order;
}

inline AdamWOptions adamw_of(const FusionOptions& options) {
  return {.learning_rate = options.learning_rate, .weight_decay = options.weight_decay};
}

template <class T>
Criterion<T> criterion_of(const FusionShape& shape, std::span<const double> class_weights) {
  PUENTE_ASSERT(class_weights.empty() ||
                static_cast<int64_t>(class_weights.size()) == shape.answers());
  for (const double weight : class_weights) PUENTE_ASSERT(weight > 0);
  Criterion<T> criterion;
  if (shape.classes > 2) {
    criterion.class_weight.assign(class_weights.begin(), class_weights.end());
    return criterion;
  }
  criterion.pos_weight.assign(static_cast<size_t>(shape.labels), T(1));
  for (size_t l = 0; 2 * l < class_weights.size(); ++l) {
    criterion.pos_weight[l] = static_cast<T>(class_weights[2 * l + 1] / class_weights[2 * l]);
  }
  return criterion;
}

}  // namespace puente
