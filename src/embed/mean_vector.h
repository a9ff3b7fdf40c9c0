// The one vector of a row that has several pictures: their mean.
#pragma once

#include <span>
#include <vector>

namespace puente {

/// Sums in double; the mean of one vector is that vector, to the last bit.
class MeanVector {
 public:
  void clear();
  /// As wide as those before it since clear().
  void add(std::span<const float> vector);
  /// Of at least one vector; valid until the next call.
  std::span<const float> mean();

 private:
  std::vector<double> sum_;
  std::vector<float> mean_;
  double count_ = 0;
};

}  // namespace puente
