#include "encoders/finish_vectors.h"

#include <cmath>

#include "base/error.h"
#include "tensor/elementwise.h"

namespace puente {

void finish_vectors(const VectorFinish& finish, MatrixView<float> vectors) {
  for (int64_t i = 0; i < vectors.rows; ++i) {
    const auto row = vectors.row_span(i);
    if (!finish.normalise) {
      if (first_not_finite(row) < 0) continue;
      fail("{}: the {} half gives a vector with NaN or infinity; are these the model's weights?",
           finish.folder.string(), finish.half);
    }
    const double length = normalise_length(row);
    if (!(length > 0) || !std::isfinite(length)) {
      fail("{}: the {} half gives a vector of length {}; are these the model's weights?",
           finish.folder.string(), finish.half, length);
    }
  }
}

}  // namespace puente
