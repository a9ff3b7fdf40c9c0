#include "data/class_order.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <optional>
#include <utility>

#include "base/error.h"
#include "data/labels.h"

namespace puente {
namespace {

std::vector<std::string> by_number(const std::vector<std::string>& classes,
                                   const std::string& label) {
  std::vector<std::pair<double, std::string>> numbers;
  for (const std::string& name : classes) {
    const std::optional<double> number = number_of(name);
    if (!number) {
      fail(
          "--ordinal: the classes of column '{}' ({}) are not all numbers; name them all, lowest "
          "first: --ordinal LOWEST,...,HIGHEST",
          label, fmt::join(classes, ", "));
    }
    numbers.emplace_back(*number, name);
  }
  std::ranges::sort(numbers);
  std::vector<std::string> names;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && numbers[i].first == numbers[i - 1].first) {
      fail("--ordinal: the classes '{}' and '{}' of column '{}' are one number; write them alike",
           numbers[i - 1].second, numbers[i].second, label);
    }
    names.push_back(numbers[i].second);
  }
  return names;
}

}  // namespace

ClassOrder class_order(const std::vector<std::string>& classes,
                       const std::vector<std::string>& lowest_first, const std::string& label) {
  const std::vector<std::string> names =
      lowest_first.empty() ? by_number(classes, label) : lowest_first;
  for (const std::string& name : names) {
    if (std::ranges::count(names, name) > 1) fail("--ordinal names the class '{}' twice", name);
    if (std::ranges::count(classes, name) > 0) continue;
    fail("--ordinal: '{}' is none of the classes of column '{}' ({})", name, label,
         fmt::join(classes, ", "));
  }
  ClassOrder order;
  for (const std::string& name : classes) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      fail("--ordinal: the class '{}' of column '{}' is not in {}; name every class, lowest first",
           name, label, fmt::join(names, ","));
    }
    order.place.push_back(static_cast<int32_t>(found - names.begin()));
  }
  return order;
}

std::vector<std::string> in_order(const std::vector<std::string>& classes,
                                  const ClassOrder& order) {
  PUENTE_ASSERT(classes.size() == order.place.size());
  std::vector<std::string> names(classes.size());
  for (size_t k = 0; k < classes.size(); ++k) {
    names[static_cast<size_t>(order.place[k])] = classes[k];
  }
  return names;
}

}  // namespace puente
