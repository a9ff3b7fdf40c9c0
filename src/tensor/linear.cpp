#include "tensor/linear.h"

#include <algorithm>

#include "base/error.h"
#include "tensor/multiply.h"
#include "tensor/multiply_int8.h"

namespace puente {
namespace {

std::variant<PackedMatrix, QuantisedMatrix> empty_weight(int64_t inputs, int64_t outputs,
                                                         Precision precision) {
  if (precision == Precision::fp32) return PackedMatrix(inputs, outputs);
  if (inputs > largest_integer_depth()) {
    fail("a layer of {} inputs would overflow in int8, which holds {}; use --precision fp32",
         inputs, largest_integer_depth());
  }
  return QuantisedMatrix(inputs, outputs);
}

}  // namespace

void Operand::set(MatrixView<const float> x, Precision precision, IntegerForm form) {
  precision_ = precision;
  precision == Precision::fp32 ? floats_.set(x) : integers_.set(x, form);
}

void Operand::set(MatrixView<const float> x, const LayerNorm& norm, Precision precision,
                  IntegerForm form) {
  precision_ = precision;
  precision == Precision::fp32 ? floats_.set(x, norm) : integers_.set(x, norm, form);
}

int64_t Operand::rows() const {
  return precision_ == Precision::fp32 ? floats_.rows() : integers_.rows();
}

PackedLinear::PackedLinear(int64_t inputs, int64_t outputs, Precision precision)
    : weight_(empty_weight(inputs, outputs, precision)),
      bias_(static_cast<size_t>((outputs + kPanelWidth - 1) / kPanelWidth * kPanelWidth)) {}

int64_t PackedLinear::inputs() const {
  return std::visit([](const auto& weight) { return weight.depth(); }, weight_);
}

int64_t PackedLinear::outputs() const {
  return std::visit([](const auto& weight) { return weight.columns(); }, weight_);
}

int64_t PackedLinear::bytes() const {
  return std::visit([](const auto& weight) { return weight.bytes(); }, weight_) +
         static_cast<int64_t>(bias_.size() * sizeof(float));
}

void PackedLinear::set_weight(int64_t first, MatrixView<const float> rows) {
  std::visit([&](auto& weight) { weight.set_columns(first, rows); }, weight_);
}

void PackedLinear::set_bias(int64_t first, std::span<const float> bias) {
  PUENTE_ASSERT(first >= 0 && first + static_cast<int64_t>(bias.size()) <= outputs());
  std::copy(bias.begin(), bias.end(), bias_.begin() + first);
}

void PackedLinear::forward(const Operand& x, Activation activation, MatrixView<float> y) const {
  PUENTE_ASSERT(x.precision_ == precision());
  const Epilogue epilogue{bias_.data(), activation, false};
  if (const auto* floats = std::get_if<PackedMatrix>(&weight_)) {
    multiply(x.floats_, *floats, epilogue, y);
  } else {
    multiply(x.integers_, std::get<QuantisedMatrix>(weight_), epilogue, y);
  }
}

void PackedLinear::forward_add(const Operand& x, MatrixView<float> y) const {
  PUENTE_ASSERT(x.precision_ == precision());
  const Epilogue epilogue{bias_.data(), Activation::none, true};
  if (const auto* floats = std::get_if<PackedMatrix>(&weight_)) {
    multiply(x.floats_, *floats, epilogue, y);
  } else {
    multiply(x.integers_, std::get<QuantisedMatrix>(weight_), epilogue, y);
  }
}

void PackedLinear::forward(const Operand& x, Activation activation, Operand& y,
                           AlignedVector<float>& floats) const {
  PUENTE_ASSERT(x.precision_ == precision());
  if (const auto* weight = std::get_if<PackedMatrix>(&weight_)) {
    y.precision_ = Precision::fp32;
    multiply(x.floats_, *weight, {bias_.data(), activation, false}, y.floats_);
    return;
  }
  floats.resize(std::max(floats.size(), static_cast<size_t>(x.rows() * outputs())));
  const MatrixView<float> result{floats.data(), x.rows(), outputs(), outputs()};
  forward(x, activation, result);
  y.set(result, Precision::int8, x.integers_.form());
}

void PackedLinear::forward(MatrixView<const float> x, Activation activation, MatrixView<float> y,
                           Operand& scratch) const {
  in_row_chunks(x.rows, [&](int64_t first, int64_t count) {
    scratch.set({x.row(first), count, x.cols, x.stride}, precision());
    forward(scratch, activation, {y.row(first), count, y.cols, y.stride});
  });
}

}  // namespace puente
