// MadeRows: rows of numbers that mean nothing, for tests, checks against other programs and
// benchmarks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"
#include "finetune/raw_rows.h"

namespace puente {

class MadeRows : public RawRows {
 public:
  /// Texts of `shortest` to `longest` tokens with ids in [1, vocabulary).
  MadeRows(int64_t count, int64_t shortest, int64_t longest, int64_t vocabulary, uint64_t seed)
      : seed_(seed) {
    Rng rng(seed);
    for (int64_t row = 0; row < count; ++row) {
      const auto spread = static_cast<uint64_t>(longest - shortest + 1);
      const int64_t length = shortest + static_cast<int64_t>(rng.below(spread));
      std::vector<int32_t>& ids = ids_.emplace_back();
      for (int64_t t = 0; t < length; ++t) {
        ids.push_back(1 + static_cast<int32_t>(rng.below(static_cast<uint64_t>(vocabulary - 1))));
      }
    }
  }

  int64_t count() const override { return static_cast<int64_t>(ids_.size()); }
  /// Whole 64ths in +-2.
  void pixels(int64_t row, std::span<float> planes) const override {
    Rng rng(seed_, 1 + static_cast<uint64_t>(row));
    for (float& value : planes) value = (static_cast<float>(rng.below(257)) - 128.0f) / 64.0f;
  }
  std::span<const int32_t> tokens(int64_t row) const override {
    return ids_[static_cast<size_t>(row)];
  }
  /// [count], of so many classes, each in turn.
  std::vector<int32_t> labels(int64_t classes) const {
    std::vector<int32_t> labels;
    for (int64_t row = 0; row < count(); ++row)
      labels.push_back(static_cast<int32_t>(row % classes));
    return labels;
  }

 private:
  uint64_t seed_;
  std::vector<std::vector<int32_t>> ids_;
};

}  // namespace puente
