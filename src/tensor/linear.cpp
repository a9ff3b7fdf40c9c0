#include "tensor/linear.h"

#include <algorithm>

#include "base/error.h"

namespace puente {

PackedLinear::PackedLinear(int64_t inputs, int64_t outputs)
    : weight_(inputs, outputs), bias_(static_cast<size_t>(weight_.panels() * kPanelWidth)) {}

int64_t PackedLinear::bytes() const {
  return weight_.bytes() + static_cast<int64_t>(bias_.size() * sizeof(float));
}

void PackedLinear::set_bias(int64_t first, std::span<const float> bias) {
  PUENTE_ASSERT(first >= 0 && first + static_cast<int64_t>(bias.size()) <= outputs());
  std::copy(bias.begin(), bias.end(), bias_.begin() + first);
}

void PackedLinear::forward(MatrixView<const float> x, Activation activation, MatrixView<float> y,
                           MultiplyScratch& scratch) const {
  multiply(x, weight_, {.bias = bias_.data(), .activation = activation, .residual = {}}, y,
           scratch);
}

void PackedLinear::forward_add(MatrixView<const float> x, MatrixView<const float> residual,
                               MatrixView<float> y, MultiplyScratch& scratch) const {
  multiply(x, weight_, {.bias = bias_.data(), .activation = Activation::none, .residual = residual},
           y, scratch);
}

}  // namespace puente
