#include "compare/epoch_cost.h"

#include "base/error.h"

namespace puente {

EpochSeconds with_features_anew(const EpochSeconds& head, double feature_seconds, int64_t all_rows,
                                int64_t train_rows, int64_t test_rows) {
  if (all_rows <= 0 || train_rows + test_rows > all_rows) {
    fail("{} rows to train on and {} to test of {} in all", train_rows, test_rows, all_rows);
  }
  const double each = feature_seconds / static_cast<double>(all_rows);
  return {head.train + each * static_cast<double>(train_rows),
          head.inference + each * static_cast<double>(test_rows)};
}

WholeCost whole_cost(const EpochSeconds& epoch, int epochs, double once_seconds) {
  return {.once_seconds = once_seconds,
          .train_seconds = epoch.train * epochs,
          .predict_seconds = epoch.inference};
}

}  // namespace puente
