#include "heads/neighbours.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "align/unit_rows.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "data/labels.h"
#include "heads/linear_scores.h"
#include "tensor/products.h"

namespace puente {

Neighbours::Neighbours(const HeadData& data)
    : unit_(unit_rows(data.features, data.train)),
      label_(labels_at(data.label, data.train)),
      classes_(data.classes) {
  PUENTE_ASSERT(!label_.empty());
}

std::vector<std::vector<int32_t>> Neighbours::nearest(MatrixView<const float> features,
                                                      std::span<const int32_t> rows,
                                                      int64_t most) const {
  PUENTE_ASSERT(most >= 1 && most <= this->rows());
  std::vector<std::vector<int32_t>> result(rows.size());
  std::vector<int32_t> order(label_.size());
  for (size_t first = 0; first < rows.size(); first += kProductRows) {
    check_interrupt();
    const std::span<const int32_t> block =
        rows.subspan(first, std::min<size_t>(kProductRows, rows.size() - first));
    BasicMatrix<double> cosine(static_cast<int64_t>(block.size()), unit_.rows());
    multiply_by_transposed<double>(unit_rows(features, block), unit_, cosine.view());
    for (size_t i = 0; i < block.size(); ++i) {
      const double* own = cosine.row(static_cast<int64_t>(i));
      std::iota(order.begin(), order.end(), 0);
      std::partial_sort(
          order.begin(), order.begin() + most, order.end(),
          [&](int32_t a, int32_t b) { return own[a] != own[b] ? own[a] > own[b] : a < b; });
      for (int64_t n = 0; n < most; ++n) {
        result[first + i].push_back(label_[static_cast<size_t>(order[static_cast<size_t>(n)])]);
      }
    }
  }
  return result;
}

Matrix Neighbours::shares(const std::vector<std::vector<int32_t>>& nearest, int64_t k) const {
  Matrix out(static_cast<int64_t>(nearest.size()), classes_);
  std::vector<int64_t> votes(static_cast<size_t>(classes_));
  for (int64_t i = 0; i < out.rows(); ++i) {
    const std::vector<int32_t>& own = nearest[static_cast<size_t>(i)];
    PUENTE_ASSERT(k >= 1 && k <= static_cast<int64_t>(own.size()));
    std::fill(votes.begin(), votes.end(), 0);
    for (int64_t n = 0; n < k; ++n) ++votes[static_cast<size_t>(own[static_cast<size_t>(n)])];
    for (int64_t c = 0; c < classes_; ++c) {
      out(i, c) = static_cast<float>(static_cast<double>(votes[static_cast<size_t>(c)]) /
                                     static_cast<double>(k));
    }
  }
  return out;
}

NeighboursChoice choose_neighbours(const HeadData& data) {
  NeighboursChoice best{Neighbours(data), 0, {}};
  const std::vector<int32_t> label = labels_at(data.label, data.validation);
  std::vector<int64_t> candidates;
  for (const int64_t k : {1, 3, 5, 7, 11, 15, 21, 31, 51}) {
    if (k <= best.model.rows()) candidates.push_back(k);
  }
  const auto nearest = best.model.nearest(data.features, data.validation, candidates.back());
  for (const int64_t k : candidates) {
    const ValidationScore score = score_on(best.model.shares(nearest, k), label);
    if (best.k == 0 || score.is_better_than(best.validation)) {
      best.k = k;
      best.validation = score;
    }
  }
  return best;
}

}  // namespace puente
