#include "eval/delong.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "eval/distributions.h"
#include "eval/undefined.h"

namespace puente {
namespace {

/// The rows of one group; won: over their pairs with all rows of the other kind, how many are
/// ranked the right way round, counted twice so that ties (one half) are whole numbers.
struct GroupRanks {
  int64_t positives = 0;
  int64_t negatives = 0;
  int64_t positives_won_twice = 0;
  int64_t negatives_won_twice = 0;
};

struct Ranks {
  std::vector<GroupRanks> of_group;
  GroupRanks total;
  int64_t positive_groups = 0;
  int64_t negative_groups = 0;
};

Ranks rank(const Predictions& predictions, int32_t positive, std::span<const int32_t> group) {
  const Matrix& p = predictions.probabilities;
  const std::vector<int32_t>& label = predictions.label;
  PUENTE_ASSERT(label.size() == group.size());
  PUENTE_ASSERT(p.rows() == static_cast<int64_t>(group.size()));
  PUENTE_ASSERT(positive >= 0 && positive < p.cols());
  const auto score = [&](size_t i) { return p(static_cast<int64_t>(i), positive); };
  std::map<int32_t, GroupRanks> groups;
  std::vector<size_t> order(group.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return score(i) < score(j); });
  Ranks ranks;
  for (const int32_t k : label) ++(k == positive ? ranks.total.positives : ranks.total.negatives);

  int64_t positives_below = 0;
  int64_t negatives_below = 0;
  for (size_t begin = 0; begin < order.size();) {
    int64_t tied_positives = 0;
    int64_t tied_negatives = 0;
    size_t end = begin;
    for (; end < order.size() && score(order[end]) == score(order[begin]); ++end) {
      ++(label[order[end]] == positive ? tied_positives : tied_negatives);
    }
    const int64_t positives_above = ranks.total.positives - positives_below - tied_positives;
    for (size_t i = begin; i < end; ++i) {
      GroupRanks& own = groups[group[order[i]]];
      if (label[order[i]] == positive) {
        ++own.positives;
        own.positives_won_twice += 2 * negatives_below + tied_negatives;
      } else {
        ++own.negatives;
        own.negatives_won_twice += 2 * positives_above + tied_positives;
      }
    }
    positives_below += tied_positives;
    negatives_below += tied_negatives;
    begin = end;
  }
  for (const auto& [number, own] : groups) {
    ranks.of_group.push_back(own);
    ranks.total.positives_won_twice += own.positives_won_twice;
    if (own.positives > 0) ++ranks.positive_groups;
    if (own.negatives > 0) ++ranks.negative_groups;
  }
  return ranks;
}

/// V10(X_i.) - m_i auc and V01(Y_i.) - n_i auc of the paper, for each group i.
struct Components {
  double auc = kUndefined;
  std::vector<double> positive;
  std::vector<double> negative;
};

Components components_of(const Ranks& ranks) {
  const auto m = static_cast<double>(ranks.total.positives);
  const auto n = static_cast<double>(ranks.total.negatives);
  Components result;
  if (m > 0 && n > 0) {
    result.auc = static_cast<double>(ranks.total.positives_won_twice) / (2 * m * n);
  }
  for (const GroupRanks& own : ranks.of_group) {
    result.positive.push_back(static_cast<double>(own.positives_won_twice) / (2 * n) -
                              static_cast<double>(own.positives) * result.auc);
    result.negative.push_back(static_cast<double>(own.negatives_won_twice) / (2 * m) -
                              static_cast<double>(own.negatives) * result.auc);
  }
  return result;
}

/// Obuchowski's variance; `ranks` gives the numbers of rows and groups.
double variance_of(const Components& components, const Ranks& ranks) {
  if (ranks.positive_groups < 2 || ranks.negative_groups < 2) return kUndefined;
  double positive = 0;  // S10, S01 and S11 times M, N and 1
  double negative = 0;
  double both = 0;
  for (size_t i = 0; i < components.positive.size(); ++i) {
    positive += components.positive[i] * components.positive[i];
    negative += components.negative[i] * components.negative[i];
    both += components.positive[i] * components.negative[i];
  }
  const auto correction = [](int64_t groups) {
    return static_cast<double>(groups) / static_cast<double>(groups - 1);
  };
  const auto m = static_cast<double>(ranks.total.positives);
  const auto n = static_cast<double>(ranks.total.negatives);
  return correction(ranks.positive_groups) * positive / (m * m) +
         correction(ranks.negative_groups) * negative / (n * n) +
         2 * correction(static_cast<int64_t>(ranks.of_group.size())) * both / (m * n);
}

AucVariance auc_variance_of(const Components& components, const Ranks& ranks) {
  return {.auc = components.auc,
          .variance = variance_of(components, ranks),
          .positive_groups = ranks.positive_groups,
          .negative_groups = ranks.negative_groups};
}

}  // namespace

AucVariance auc_variance(const Predictions& predictions, int32_t positive,
                         std::span<const int32_t> group) {
  const Ranks ranks = rank(predictions, positive, group);
  return auc_variance_of(components_of(ranks), ranks);
}

bool has_enough_groups(const DelongTest& test) {
  return std::min(test.a.positive_groups, test.a.negative_groups) >= kFewestDelongGroups;
}

DelongTest delong_test(const Predictions& a, const Predictions& b, int32_t positive,
                       std::span<const int32_t> group) {
  PUENTE_ASSERT(a.label == b.label);
  const Ranks ranks_a = rank(a, positive, group);
  const Ranks ranks_b = rank(b, positive, group);
  const Components components_a = components_of(ranks_a);
  const Components components_b = components_of(ranks_b);
  Components difference = components_b;
  difference.auc -= components_a.auc;
  for (size_t i = 0; i < difference.positive.size(); ++i) {
    difference.positive[i] -= components_a.positive[i];
    difference.negative[i] -= components_a.negative[i];
  }
  DelongTest test;
  test.a = auc_variance_of(components_a, ranks_a);
  test.b = auc_variance_of(components_b, ranks_b);
  test.difference = difference.auc;
  test.standard_error = std::sqrt(variance_of(difference, ranks_a));
  if (test.standard_error == 0) {
    test.z = test.difference == 0 ? 0 : kUndefined;
  } else {
    test.z = test.difference / test.standard_error;
  }
  test.p = 2 * normal_cdf(-std::abs(test.z));
  return test;
}

}  // namespace puente
