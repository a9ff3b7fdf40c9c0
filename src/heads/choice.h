// How a head's one free number (strength, shrinkage, neighbours) is chosen on the validation rows:
// by macro F1, then the lower log loss, then the one that was tried first. As a run chooses its
// epoch.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

namespace puente {

struct ValidationScore {
  double macro_f1 = 0;
  double log_loss = 0;

  bool is_better_than(const ValidationScore& other) const {
    return macro_f1 != other.macro_f1 ? macro_f1 > other.macro_f1 : log_loss < other.log_loss;
  }
};

ValidationScore score_on(const Matrix& probabilities, std::span<const int32_t> label);

}  // namespace puente
