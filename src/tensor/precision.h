// How a frozen layer keeps its weights and multiplies.
#pragma once

namespace puente {

enum class Precision {
  fp32,
  int8,  // weights of 8 bits, scaled per output channel; rows quantised as they come
         // (quantised_rows.h)
};

}  // namespace puente
