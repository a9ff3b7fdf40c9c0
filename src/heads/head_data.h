// What every head learns from and is chosen by. Borrowed: it must outlive the fit.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

namespace puente {

struct HeadData {
  MatrixView<const float> features;     // [N, D], finite
  std::span<const int32_t> label;       // [N], each in [0, classes)
  int64_t classes = 0;                  // at least 2
  std::span<const int32_t> train;       // rows; every class occurs (UserError where one does not)
  std::span<const int32_t> validation;  // rows; at least one
};

}  // namespace puente
