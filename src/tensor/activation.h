// The functions between two layers, applied to every element.
#pragma once

namespace puente {

enum class Activation {
  none,
  relu,
  tanh,
  silu,        // x * sigmoid(x)
  quick_gelu,  // x * sigmoid(1.702 x)
  gelu,        // x * (1 + erf(x / sqrt 2)) / 2
  gelu_tanh,   // x * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
};

}  // namespace puente
