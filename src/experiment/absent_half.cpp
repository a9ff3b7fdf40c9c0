#include "experiment/absent_half.h"

namespace puente {

std::vector<double> mean_of_half(const Matrix& features, std::span<const int32_t> rows,
                                 int64_t first, int64_t count) {
  std::vector<double> mean(static_cast<size_t>(count));
  for (const int32_t row : rows) {
    for (int64_t j = 0; j < count; ++j) {
      mean[static_cast<size_t>(j)] +=
          static_cast<double>(features(row, first + j)) / static_cast<double>(rows.size());
    }
  }
  return mean;
}

}  // namespace puente
