#include "eval/join_predictions.h"

#include <algorithm>

#include "base/error.h"

namespace puente {

Predictions joined(std::span<const Predictions> parts) {
  PUENTE_ASSERT(!parts.empty());
  int64_t rows = 0;
  for (const Predictions& part : parts) rows += part.probabilities.rows();
  Predictions all;
  all.probabilities = Matrix(rows, parts.front().probabilities.cols());
  int64_t first = 0;
  for (const Predictions& part : parts) {
    PUENTE_ASSERT(part.probabilities.cols() == all.probabilities.cols());
    for (int64_t i = 0; i < part.probabilities.rows(); ++i) {
      std::ranges::copy(part.probabilities.row_span(i), all.probabilities.row(first + i));
    }
    first += part.probabilities.rows();
    all.label.insert(all.label.end(), part.label.begin(), part.label.end());
  }
  return all;
}

}  // namespace puente
