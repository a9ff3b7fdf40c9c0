// How fast this machine multiplies, for saying beforehand how long work will take.
#pragma once

#include "tensor/packing.h"

namespace puente {

/// Multiplications and additions a second of matrix products on all threads, from a short run.
double product_rate(Packing packing, int threads);

}  // namespace puente
