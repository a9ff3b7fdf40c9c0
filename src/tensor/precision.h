// How a frozen layer keeps its weights and multiplies.
#pragma once

#include <string_view>

namespace puente {

enum class Precision {
  fp32,
  int8,  // weights of 8 bits, scaled per output channel; rows quantised as they come
         // (quantised_rows.h)
};

constexpr std::string_view name_of(Precision precision) {
  return precision == Precision::fp32 ? "fp32" : "int8";
}

}  // namespace puente
