// Rows of a matrix that are equal to the last bit.
#pragma once

#include "puente/matrix.h"

#include "data/labels.h"

namespace puente {

/// Each row's number in order of first appearance; the names are empty.
Categories distinct_rows(const Matrix& vectors);

}  // namespace puente
