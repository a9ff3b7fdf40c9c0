#include "eval/curves.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "eval/undefined.h"

namespace puente {
namespace {

/// How many rows are said to be of the class, and how rightly.
struct Counted {
  int64_t wrong = 0;  // false positives
  int64_t right = 0;  // true positives
  double threshold = kUndefined;
};

/// One for each different probability, after one for none.
std::vector<Counted> count_by_threshold(const Predictions& predictions, int64_t k) {
  const Matrix& p = predictions.probabilities;
  std::vector<int64_t> rows(predictions.label.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::ranges::stable_sort(rows, [&](int64_t a, int64_t b) { return p(a, k) > p(b, k); });
  std::vector<Counted> counts(1);
  for (size_t i = 0; i < rows.size(); ++i) {
    const double threshold = p(rows[i], k);
    if (i == 0 || threshold != counts.back().threshold) {
      counts.push_back({counts.back().wrong, counts.back().right, threshold});
    }
    const bool of_class = predictions.label[static_cast<size_t>(rows[i])] == k;
    ++(of_class ? counts.back().right : counts.back().wrong);
  }
  return counts;
}

bool on_a_line(const Counted& a, const Counted& b, const Counted& c) {
  return (b.wrong - a.wrong) * (c.right - a.right) == (b.right - a.right) * (c.wrong - a.wrong);
}

/// Of recall and precision: straight up or down, or along precision 1.
bool on_a_level(const Counted& a, const Counted& b, const Counted& c) {
  return (a.right == b.right && b.right == c.right) ||
         (a.wrong == 0 && b.wrong == 0 && c.wrong == 0);
}

template <class IsBetween>
std::vector<Counted> corners(const std::vector<Counted>& all, IsBetween&& is_between) {
  std::vector<Counted> kept = {all.front()};
  for (size_t i = 1; i < all.size(); ++i) {
    if (i + 1 == all.size() || !is_between(kept.back(), all[i], all[i + 1])) {
      kept.push_back(all[i]);
    }
  }
  return kept;
}

/// Both ends, and between them the first point after every so much of the way.
bool thin(std::vector<ThresholdPoint>& curve, size_t most) {
  if (curve.size() <= most) return false;
  std::vector<double> way(curve.size());
  for (size_t i = 1; i < curve.size(); ++i) {
    way[i] =
        way[i - 1] + std::abs(curve[i].x - curve[i - 1].x) + std::abs(curve[i].y - curve[i - 1].y);
  }
  const double step = way.back() / static_cast<double>(most - 2);
  std::vector<ThresholdPoint> kept = {curve.front()};
  double next = step;
  for (size_t i = 1; i + 1 < curve.size(); ++i) {
    if (way[i] < next) continue;
    kept.push_back(curve[i]);
    next = (std::floor(way[i] / step) + 1) * step;
  }
  kept.push_back(curve.back());
  curve = std::move(kept);
  return true;
}

double part_of(int64_t part, int64_t of) {
  return static_cast<double>(part) / static_cast<double>(of);
}

}  // namespace

ClassCurves curves_of_class(const Predictions& predictions, int64_t k, size_t most) {
  check_predictions(predictions);
  const std::vector<Counted> counts = count_by_threshold(predictions, k);
  const int64_t others = counts.back().wrong, own = counts.back().right;
  ClassCurves curves;
  if (own == 0) return curves;
  if (others > 0) {
    for (const Counted& c : corners(counts, on_a_line)) {
      curves.roc.push_back({part_of(c.wrong, others), part_of(c.right, own), c.threshold});
    }
  }
  for (const Counted& c : corners(counts, on_a_level)) {
    const int64_t said = c.right + c.wrong;
    curves.precision_recall.push_back(
        {part_of(c.right, own), said == 0 ? 1 : part_of(c.right, said), c.threshold});
  }
  const bool thin_roc = thin(curves.roc, most);
  curves.thinned = thin(curves.precision_recall, most) || thin_roc;
  return curves;
}

}  // namespace puente
