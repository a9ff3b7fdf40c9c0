#include "data/distinct_rows.h"

#include <string_view>
#include <unordered_map>

namespace puente {

Categories distinct_rows(const Matrix& vectors) {
  Categories result;
  std::unordered_map<std::string_view, int32_t> number;
  const size_t bytes = static_cast<size_t>(vectors.cols()) * sizeof(float);
  for (int64_t row = 0; row < vectors.rows(); ++row) {
    const std::string_view key(reinterpret_cast<const char*>(vectors.row(row)), bytes);
    const auto place = number.try_emplace(key, static_cast<int32_t>(number.size())).first;
    result.of_row.push_back(place->second);
  }
  result.names.resize(number.size());
  return result;
}

}  // namespace puente
