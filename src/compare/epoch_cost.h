// What an epoch of an approach costs, as the paper's Tables 2 and 3 count it, and what the whole of
// it costs.
#pragma once

#include <cstdint>
#include <optional>

namespace puente {

struct EpochSeconds {
  double train = 0;      // one pass over the training rows
  double inference = 0;  // predicting the test rows, and the scores, after each

  double both() const { return train + inference; }
};

/// Frozen encoders whose features are computed once, as an epoch that computes them anew, which is
/// what the paper's code does: `feature_seconds` for `all_rows` of a table, of which an epoch reads
/// those of training and, to predict, those of the test. `head`: the rest of the epoch, without the
/// features. UserError where all_rows is not at least as many as the parts.
EpochSeconds with_features_anew(const EpochSeconds& head, double feature_seconds, int64_t all_rows,
                                int64_t train_rows, int64_t test_rows);

/// The whole of an approach: once, and for each training.
struct WholeCost {
  double once_seconds = 0;                   // embedding, the tables stored
  int64_t stored_bytes = 0;                  // of the tables
  double train_seconds = 0;                  // all epochs of one training
  double predict_seconds = 0;                // the test rows, once
  std::optional<double> energy_joules = {};  // embedding and one training, where it is known

  double seconds() const { return once_seconds + train_seconds + predict_seconds; }
};

/// Of `epochs` epochs.
WholeCost whole_cost(const EpochSeconds& epoch, int epochs, double once_seconds);

}  // namespace puente
