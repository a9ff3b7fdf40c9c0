#include "base/near_name.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <numeric>
#include <vector>

namespace puente {
namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  const auto equal = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  };
  // Of the two rows before this one, and this one.
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (equal(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && equal(a[i - 1], b[j - 2]) && equal(a[i - 2], b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

std::string near_name(std::string_view wanted, std::span<const std::string> names) {
  constexpr size_t kLongest = 64;  // a hostile header may have names of megabytes
  if (wanted.size() > kLongest) return "";
  const std::string* nearest = nullptr;
  size_t nearest_distance = std::max<size_t>(1, wanted.size() / 3) + 1;
  for (const std::string& name : names) {
    if (name.size() > kLongest) continue;
    const size_t distance = edit_distance(wanted, name);
    if (distance < nearest_distance) {
      nearest = &name;
      nearest_distance = distance;
    }
  }
  return nearest == nullptr ? "" : fmt::format(" Did you mean '{}'?", *nearest);
}

}  // namespace puente
