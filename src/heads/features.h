// Standardisation of features: (x - mean) / sd, learned from the training rows and applied to all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

namespace puente {

class Standardiser {
 public:
  /// features [N, D]; `rows` are those to fit on, at least one. sd divides by the number of rows,
  /// as scikit-learn's StandardScaler does; sums in double. UserError where a number of these rows
  /// is not finite.
  Standardiser(MatrixView<const float> features, std::span<const int32_t> rows);

  /// All rows, [N, D]. A column that is constant over the fitting rows becomes 0 in every row.
  Matrix apply(MatrixView<const float> features) const;
  double apply(double value, int64_t column) const;

  std::span<const double> mean() const { return mean_; }  // [D]
  std::span<const double> sd() const { return sd_; }      // [D]; 0: constant

 private:
  std::vector<double> mean_, sd_;
};

}  // namespace puente
