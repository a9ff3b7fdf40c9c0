// k nearest neighbours by cosine: a class's probability is its share of the k training rows whose
// cosine with the row is largest, the earlier training row first where cosines are equal.
// scikit-learn's KNeighborsClassifier(metric="cosine").
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "heads/choice.h"
#include "heads/head_data.h"

namespace puente {

class Neighbours {
 public:
  /// Keeps data's training rows.
  explicit Neighbours(const HeadData& data);

  int64_t rows() const { return unit_.rows(); }
  /// For each of `rows` of the features the labels of its nearest `most` training rows, the nearest
  /// first: [rows.size()][most], 1 <= most <= rows().
  std::vector<std::vector<int32_t>> nearest(MatrixView<const float> features,
                                            std::span<const int32_t> rows, int64_t most) const;
  /// [rows.size(), K] from the first k of what nearest() gives.
  Matrix shares(const std::vector<std::vector<int32_t>>& nearest, int64_t k) const;

 private:
  BasicMatrix<double> unit_;
  std::vector<int32_t> label_;
  int64_t classes_;
};

struct NeighboursChoice {
  Neighbours model;
  int64_t k = 0;
  ValidationScore validation;
};

/// k of 1, 3, 5, 7, 11, 15, 21, 31, 51, as far as there are rows: the best on the validation rows
/// (heads/choice.h).
NeighboursChoice choose_neighbours(const HeadData& data);

}  // namespace puente
