#include "data/split.h"

#include <numeric>
#include <unordered_set>

namespace puente {

std::vector<int32_t> first_numbers(size_t count) {
  std::vector<int32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

std::vector<int32_t> rows_without(std::span<const int32_t> rows, std::span<const int32_t> part) {
  const std::unordered_set<int32_t> in_part(part.begin(), part.end());
  std::vector<int32_t> others;
  for (const int32_t row : rows) {
    if (!in_part.contains(row)) others.push_back(row);
  }
  return others;
}

}  // namespace puente
