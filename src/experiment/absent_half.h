// What stands for a half that a row lacks: the mean of the training rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

namespace puente {

/// Of columns first .. first + count, over `rows`, summed in their order.
std::vector<double> mean_of_half(const Matrix& features, std::span<const int32_t> rows,
                                 int64_t first, int64_t count);

}  // namespace puente
