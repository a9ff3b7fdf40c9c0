// Prototypes: each class is the mean of its training rows, every row divided by its length; a row's
// scores are its cosines with them (scikit-learn's NearestCentroid on normalised rows, compared by
// cosine). Nothing is chosen but the scale of the cosines in the softmax.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "heads/choice.h"
#include "heads/head_data.h"

namespace puente {

class Prototypes {
 public:
  /// Uses data's training rows alone. UserError if a class has none.
  explicit Prototypes(const HeadData& data);

  /// features [N, D] -> [rows.size(), K]
  BasicMatrix<double> cosines(MatrixView<const float> features,
                              std::span<const int32_t> rows) const;

 private:
  BasicMatrix<double> unit_mean_;  // [K, D]
};

struct ScaledPrototypes {
  Prototypes model;
  double scale = 1;  // fit_scale()
  ValidationScore validation;
};

ScaledPrototypes fit_prototypes(const HeadData& data);

}  // namespace puente
