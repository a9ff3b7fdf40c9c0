#include "audit/lookup.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "audit/checks.h"
#include "base/error.h"
#include "base/rng.h"
#include "eval/distributions.h"
#include "formats/csv.h"
#include "text/prompt.h"

namespace puente {
namespace {

constexpr int64_t kFewestGroups = 5;
constexpr double kRestAgainstBase = 0.1;
constexpr double kHonestDoubt = 0.5;  // what an honest value may leave of it
constexpr double kByChance = 0.01;
constexpr int32_t kBins = 20;
constexpr int kFolds = 5;

template <class T>
int32_t place_of_largest(const T* counts, int32_t classes) {
  return static_cast<int32_t>(std::max_element(counts, counts + classes) - counts);
}

struct GroupSums {
  int64_t groups;
  double size_squares;                    // sum of (rows of a group)^2
  std::vector<double> squares_over_size;  // of each class: sum of (its rows in a group)^2 / rows
};

/// Of class c, which `rows` of `all` rows have: 1 where every group is of one class, 0 where groups
/// tell nothing. The analysis of variance's (Donner 1986, International Statistical Review 54).
double intraclass_correlation(const GroupSums& sums, size_t c, double rows, double all) {
  const auto groups = static_cast<double>(sums.groups);
  if (groups == all) return 1;  // and groups of one row count as one row in any case
  const double between = (sums.squares_over_size[c] - rows * rows / all) / (groups - 1);
  const double within = (rows - sums.squares_over_size[c]) / (all - groups);
  const double size = (all - sums.size_squares / all) / (groups - 1);
  const double alike = (between - within) / (between + (size - 1) * within);
  return std::clamp(alike, 0.0, 1.0);
}

}  // namespace

Lookup::Lookup(const Categories& values, const Categories& groups)
    : rows_(values.of_row.size()),
      groups_with_(values.names.size()),
      cell_size_(values.names.size()),
      values_(static_cast<int32_t>(values.names.size())),
      groups_(static_cast<int32_t>(groups.names.size())) {
  PUENTE_ASSERT(values.of_row.size() == groups.of_row.size());
  std::iota(rows_.begin(), rows_.end(), 0);
  const auto key = [&](int32_t row) {
    const auto i = static_cast<size_t>(row);
    return std::tuple(groups.of_row[i], values.of_row[i], row);
  };
  std::sort(rows_.begin(), rows_.end(), [&](int32_t a, int32_t b) { return key(a) < key(b); });
  for (size_t i = 0; i < rows_.size(); ++i) {
    const auto [group, value, row] = key(rows_[i]);
    const auto place = static_cast<int32_t>(i);
    if (cells_.empty() || cells_.back().group != group || cells_.back().value != value) {
      cells_.push_back({group, value, place, place});
      ++groups_with_[static_cast<size_t>(value)];
    }
    cells_.back().end = place + 1;
  }
  std::vector<double> rows_with(cell_size_.size());
  for (const Cell& cell : cells_) {
    const double size = cell.end - cell.begin;
    rows_with[static_cast<size_t>(cell.value)] += size;
    cell_size_[static_cast<size_t>(cell.value)] += size * size;
  }
  for (size_t v = 0; v < cell_size_.size(); ++v) cell_size_[v] /= rows_with[v];
}

double Lookup::accuracy(const std::vector<int32_t>& labels, int32_t classes) const {
  if (rows_.empty()) return std::nan("");
  const auto k = static_cast<size_t>(classes);
  std::vector<int64_t> of_value(static_cast<size_t>(values_) * k), of_all(k), outside(k);
  const auto label = [&](int32_t place) {
    return static_cast<size_t>(labels[static_cast<size_t>(rows_[static_cast<size_t>(place)])]);
  };
  for (const Cell& cell : cells_) {
    for (int32_t i = cell.begin; i < cell.end; ++i) {
      ++of_value[static_cast<size_t>(cell.value) * k + label(i)];
      ++of_all[label(i)];
    }
  }
  const int32_t fallback = place_of_largest(of_all.data(), classes);
  int64_t right = 0;
  for (const Cell& cell : cells_) {
    const int64_t* seen = &of_value[static_cast<size_t>(cell.value) * k];
    std::copy(seen, seen + k, outside.begin());
    for (int32_t i = cell.begin; i < cell.end; ++i) --outside[label(i)];
    const int32_t best = place_of_largest(outside.data(), classes);
    const int32_t answer = outside[static_cast<size_t>(best)] > 0 ? best : fallback;
    for (int32_t i = cell.begin; i < cell.end; ++i)
      right += label(i) == static_cast<size_t>(answer);
  }
  return static_cast<double>(right) / static_cast<double>(rows_.size());
}

std::vector<GivenAway> Lookup::given_away(const std::vector<int32_t>& labels, int32_t classes,
                                          int64_t tests) const {
  const auto k = static_cast<size_t>(classes);
  std::vector<int64_t> of_value(static_cast<size_t>(values_) * k), of_all(k), of_group(k);
  std::vector<double> mean_share(k);  // of a class in a group
  GroupSums sums{0, 0, std::vector<double>(k)};
  for (size_t n = 0; n < cells_.size(); ++n) {
    const Cell& cell = cells_[n];
    for (int32_t i = cell.begin; i < cell.end; ++i) {
      const int32_t row = rows_[static_cast<size_t>(i)];
      const auto c = static_cast<size_t>(labels[static_cast<size_t>(row)]);
      ++of_value[static_cast<size_t>(cell.value) * k + c];
      ++of_group[c];
    }
    if (n + 1 < cells_.size() && cells_[n + 1].group == cell.group) continue;
    const auto size = static_cast<double>(std::accumulate(of_group.begin(), of_group.end(), 0ll));
    ++sums.groups;
    sums.size_squares += size * size;
    for (size_t c = 0; c < k; ++c) {
      const auto rows = static_cast<double>(of_group[c]);
      mean_share[c] += rows / size;
      sums.squares_over_size[c] += rows * rows / size;
      of_all[c] += std::exchange(of_group[c], 0);
    }
  }

  const auto all = static_cast<double>(rows_.size());
  std::vector<GivenAway> result;
  for (int32_t value = 0; value < values_; ++value) {
    const auto v = static_cast<size_t>(value);
    if (groups_with_[v] < kFewestGroups) continue;
    const int64_t* counts = &of_value[v * k];
    const int32_t best = place_of_largest(counts, classes);
    const auto c = static_cast<size_t>(best);
    const auto rows = static_cast<double>(std::accumulate(counts, counts + k, int64_t{0}));
    const double purity = static_cast<double>(counts[c]) / rows;
    const double base = static_cast<double>(of_all[c]) / all;
    if (base == 1) continue;  // a table of one class
    if (1 - purity > kRestAgainstBase * (1 - base)) continue;
    const double share = std::max(base, mean_share[c] / static_cast<double>(sums.groups));
    const double alike = intraclass_correlation(sums, c, static_cast<double>(of_all[c]), all);
    const double trials = std::floor(rows / (1 + (cell_size_[v] - 1) * alike) + 1e-9);
    const double tail = binomial_tail(static_cast<int64_t>(trials * purity + 1e-9),
                                      static_cast<int64_t>(trials), 1 - kHonestDoubt * (1 - share));
    if (tail > kByChance / static_cast<double>(tests)) continue;
    result.push_back({value, best, static_cast<int64_t>(rows), groups_with_[v], purity});
  }
  return result;
}

int64_t Lookup::tested_values() const {
  return std::ranges::count_if(groups_with_, [](int64_t n) { return n >= kFewestGroups; });
}

double binomial_tail(int64_t successes, int64_t trials, double probability) {
  if (successes <= 0) return 1;
  if (successes > trials || probability <= 0) return 0;
  if (probability >= 1) return 1;
  const auto n = static_cast<double>(trials);
  double sum = 0;
  for (int64_t i = trials; i >= successes; --i) {  // the smallest first
    const auto x = static_cast<double>(i);
    sum += std::exp(log_gamma(n + 1) - log_gamma(x + 1) - log_gamma(n - x + 1) +
                    x * std::log(probability) + (n - x) * std::log1p(-probability));
  }
  return std::min(sum, 1.0);
}

namespace {

/// The fold of every group: by lot, each to the fold with the fewest rows so far.
std::vector<int> folds_of(const Categories& groups, uint64_t seed) {
  const std::vector<int64_t> sizes = groups.sizes();
  const auto folds = static_cast<size_t>(std::min<int64_t>(kFolds, groups.count()));
  PUENTE_ASSERT(folds >= 2);
  std::vector<int32_t> order(sizes.size());
  std::iota(order.begin(), order.end(), 0);
  Rng(seed).shuffle(std::span(order));
  std::vector<int64_t> rows(folds);
  std::vector<int> fold(sizes.size());
  for (int32_t group : order) {
    const auto place = std::min_element(rows.begin(), rows.end());
    *place += sizes[static_cast<size_t>(group)];
    fold[static_cast<size_t>(group)] = static_cast<int>(place - rows.begin());
  }
  return fold;
}

}  // namespace

Evaluation cross_validated_lookup(const Categories& values, const Categories& labels,
                                  const Categories& groups, uint64_t seed) {
  const std::vector<int> fold_of_group = folds_of(groups, seed);
  const int folds = 1 + *std::max_element(fold_of_group.begin(), fold_of_group.end());
  const auto classes = static_cast<int32_t>(labels.count());
  const auto k = static_cast<size_t>(classes);
  const size_t rows = labels.of_row.size();
  Predictions predictions{Matrix(static_cast<int64_t>(rows), classes), labels.of_row};
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<int64_t> of_value(values.names.size() * k), of_all(k);
    const auto is_asked = [&](size_t row) {
      return fold_of_group[static_cast<size_t>(groups.of_row[row])] == fold;
    };
    for (size_t row = 0; row < rows; ++row) {
      if (is_asked(row)) continue;
      const auto label = static_cast<size_t>(labels.of_row[row]);
      ++of_value[static_cast<size_t>(values.of_row[row]) * k + label];
      ++of_all[label];
    }
    const int32_t fallback = place_of_largest(of_all.data(), classes);
    for (size_t row = 0; row < rows; ++row) {
      if (!is_asked(row)) continue;
      const int64_t* counts = &of_value[static_cast<size_t>(values.of_row[row]) * k];
      const int32_t best = place_of_largest(counts, classes);
      predictions.probabilities(static_cast<int64_t>(row), counts[best] > 0 ? best : fallback) = 1;
    }
  }
  return evaluate(predictions);
}

Evaluation cross_validated_majority(const Categories& labels, const Categories& groups,
                                    uint64_t seed) {
  const Categories one_value{{""}, std::vector<int32_t>(labels.of_row.size())};
  return cross_validated_lookup(one_value, labels, groups, seed);
}

namespace {

/// The numbers among `values`, ascending, with their rows; nothing where fewer than 9 in 10 of the
/// values that are there are numbers, or no more than kBins are different.
std::vector<std::pair<float, int32_t>> many_numbers(const std::vector<std::string>& values) {
  std::vector<std::pair<float, int32_t>> numbers;
  size_t there = 0;
  for (size_t row = 0; row < values.size(); ++row) {
    if (is_missing(values[row])) continue;
    ++there;
    float number = 0;
    if (parse_float(values[row], number)) numbers.emplace_back(number, static_cast<int32_t>(row));
  }
  std::sort(numbers.begin(), numbers.end());
  size_t different = numbers.empty() ? 0 : 1;
  for (size_t i = 1; i < numbers.size(); ++i) different += numbers[i].first != numbers[i - 1].first;
  if (numbers.size() * 10 < there * 9 || different <= kBins) numbers.clear();
  return numbers;
}

struct Cut {
  size_t place = 0;  // the first number after it
  double gain = 0;   // what it takes off rows x Gini impurity
};

}  // namespace

Categories binned(const std::vector<std::string>& values) {
  const std::vector<std::pair<float, int32_t>> numbers = many_numbers(values);
  std::vector<std::string> names(values);
  for (size_t begin = 0; begin < numbers.size();) {
    // To the end of the bin in which `begin` lies, and of the numbers equal to its last one.
    const size_t bin = begin * kBins / numbers.size();
    size_t end = begin + 1;
    while (end < numbers.size() &&
           (end * kBins / numbers.size() == bin || numbers[end].first == numbers[end - 1].first)) {
      ++end;
    }
    const std::string name = fmt::format("{} to {}", numbers[begin].first, numbers[end - 1].first);
    for (size_t i = begin; i < end; ++i) names[static_cast<size_t>(numbers[i].second)] = name;
    begin = end;
  }
  return audit_detail::distinct(names);
}

Cuts::Cuts(const std::vector<std::string>& values)
    : values_(values), numbers_(many_numbers(values)), possible_(!numbers_.empty()) {}

Categories Cuts::cut(const std::vector<int32_t>& labels, int32_t classes) const {
  PUENTE_ASSERT(possible_);
  const auto label = [&](size_t place) {
    return static_cast<size_t>(labels[static_cast<size_t>(numbers_[place].second)]);
  };
  std::vector<double> left(static_cast<size_t>(classes)), right(left);
  // n (1 - sum of p^2) is n - (sum of counts^2) / n: the squares are kept up to date row by row.
  const auto best_cut = [&](size_t begin, size_t end) {
    Cut best;
    std::fill(left.begin(), left.end(), 0.0);
    std::fill(right.begin(), right.end(), 0.0);
    for (size_t i = begin; i < end; ++i) ++right[label(i)];
    double squares_left = 0, squares_right = 0;
    for (double count : right) squares_right += count * count;
    const double whole = squares_right / static_cast<double>(end - begin);
    for (size_t i = begin; i + 1 < end; ++i) {
      const size_t k = label(i);
      squares_left += 2 * left[k]++ + 1;
      squares_right -= 2 * right[k]-- - 1;
      if (numbers_[i].first == numbers_[i + 1].first) continue;
      const double gain = squares_left / static_cast<double>(i + 1 - begin) +
                          squares_right / static_cast<double>(end - i - 1) - whole;
      if (gain > best.gain) best = {i + 1, gain};
    }
    return best;
  };
  const size_t count = numbers_.size();
  std::vector<size_t> places;
  if (const Cut first = best_cut(0, count); first.gain > 0) {
    places.push_back(first.place);
    const Cut below = best_cut(0, first.place), above = best_cut(first.place, count);
    const Cut second = above.gain > below.gain ? above : below;
    if (second.gain > 0) places.push_back(second.place);
  }
  std::sort(places.begin(), places.end());

  // Intervals first, then what is not a number.
  Categories result;
  result.of_row.assign(values_.size(), -1);
  size_t begin = 0;
  for (size_t n = 0; n <= places.size(); ++n) {
    const size_t end = n < places.size() ? places[n] : count;
    const float from = numbers_[begin].first, to = numbers_[end - 1].first;
    result.names.push_back(fmt::format("{} to {}", from, to));
    for (size_t i = begin; i < end; ++i) {
      result.of_row[static_cast<size_t>(numbers_[i].second)] = static_cast<int32_t>(n);
    }
    begin = end;
  }
  std::map<std::string_view, int32_t> others;
  for (size_t row = 0; row < values_.size(); ++row) {
    if (result.of_row[row] >= 0) continue;
    const auto [place, is_new] =
        others.try_emplace(values_[row], static_cast<int32_t>(result.names.size()));
    if (is_new) result.names.push_back(values_[row]);
    result.of_row[row] = place->second;
  }
  return result;
}

}  // namespace puente
