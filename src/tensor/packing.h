// The forms in which a PackedLinear keeps its weights and takes its rows. Users choose a Precision;
// whoever reads a file that is quantised already chooses the form that keeps it as it is.
#pragma once

#include "tensor/precision.h"

namespace puente {

enum class Packing {
  fp32,         // packed_matrix.h, float_rows.h
  int8,         // a scale per output channel and per row: quantised_matrix.h, quantised_rows.h
  int8_blocks,  // a scale for every 32 numbers of either: block_matrix.h, block_rows.h
};

constexpr Packing packing_of(Precision precision) {
  return precision == Precision::fp32 ? Packing::fp32 : Packing::int8;
}

}  // namespace puente
