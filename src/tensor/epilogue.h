// What happens to a product x B before it is stored in y:
//   y = activation(x B + bias)      or, accumulating,      y = y + x B + bias
#pragma once

#include "tensor/activation.h"

namespace puente {

struct Epilogue {
  const float* bias = nullptr;  // [panels * 16], zeros after column N; nullptr: no bias
  Activation activation = Activation::none;
  bool accumulate = false;  // not together with an activation
};

}  // namespace puente
