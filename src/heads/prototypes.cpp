#include "heads/prototypes.h"

#include <utility>
#include <vector>

#include "align/unit_rows.h"
#include "base/error.h"
#include "data/labels.h"
#include "fusion/fusion.h"
#include "heads/linear_scores.h"
#include "tensor/products.h"

namespace puente {

Prototypes::Prototypes(const HeadData& data) : unit_mean_(data.classes, data.features.cols) {
  balanced_class_weights(data.label, data.train, data.classes);  // every class has rows
  const BasicMatrix<double> unit = unit_rows(data.features, data.train);
  for (int64_t i = 0; i < unit.rows(); ++i) {
    double* sum =
        unit_mean_.row(data.label[static_cast<size_t>(data.train[static_cast<size_t>(i)])]);
    for (int64_t j = 0; j < unit.cols(); ++j) sum[j] += unit(i, j);
  }
  for (int64_t k = 0; k < unit_mean_.rows(); ++k) normalise(unit_mean_.row_span(k));
}

BasicMatrix<double> Prototypes::cosines(MatrixView<const float> features,
                                        std::span<const int32_t> rows) const {
  PUENTE_ASSERT(features.cols == unit_mean_.cols());
  BasicMatrix<double> out(static_cast<int64_t>(rows.size()), unit_mean_.rows());
  multiply_by_transposed<double>(unit_rows(features, rows), unit_mean_, out.view());
  return out;
}

ScaledPrototypes fit_prototypes(const HeadData& data) {
  ScaledPrototypes fit{Prototypes(data), 1, {}};
  const std::vector<int32_t> label = labels_at(data.label, data.validation);
  const BasicMatrix<double> cosines = fit.model.cosines(data.features, data.validation);
  fit.scale = fit_scale(cosines, label);
  fit.validation = score_on(to_probabilities(cosines, fit.scale), label);
  return fit;
}

}  // namespace puente
