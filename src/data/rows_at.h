// Some rows of a matrix.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

namespace puente {

/// Copies of the rows, in their order.
Matrix rows_at(MatrixView<const float> features, std::span<const int32_t> rows);

}  // namespace puente
