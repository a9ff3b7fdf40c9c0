#include "embed/mean_vector.h"

#include <algorithm>

#include "base/error.h"

namespace puente {

void MeanVector::clear() {
  sum_.clear();
  count_ = 0;
}

void MeanVector::add(std::span<const float> vector) {
  if (count_ == 0) sum_.assign(vector.size(), 0);
  PUENTE_ASSERT(sum_.size() == vector.size());
  for (size_t i = 0; i < vector.size(); ++i) sum_[i] += static_cast<double>(vector[i]);
  ++count_;
}

std::span<const float> MeanVector::mean() {
  PUENTE_ASSERT(count_ > 0);
  mean_.resize(sum_.size());
  std::ranges::transform(sum_, mean_.begin(),
                         [this](double sum) { return static_cast<float>(sum / count_); });
  return mean_;
}

}  // namespace puente
