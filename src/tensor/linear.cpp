#include "tensor/linear.h"

#include <algorithm>

#include "base/error.h"
#include "tensor/multiply.h"
#include "tensor/multiply_blocks.h"
#include "tensor/multiply_int8.h"

namespace puente {
namespace {

using Weight = std::variant<PackedMatrix, QuantisedMatrix, BlockMatrix>;

Weight empty_weight(int64_t inputs, int64_t outputs, Packing packing) {
  if (packing == Packing::fp32) return PackedMatrix(inputs, outputs);
  if (packing == Packing::int8_blocks) return BlockMatrix(inputs, outputs);
  if (inputs > largest_integer_depth()) {
    fail("a layer of {} inputs would overflow in int8, which holds {}; use --precision fp32",
         inputs, largest_integer_depth());
  }
  return QuantisedMatrix(inputs, outputs);
}

}  // namespace

void Operand::set(MatrixView<const float> x, Packing packing, IntegerForm form) {
  packing_ = packing;
  form_ = form;
  if (packing == Packing::fp32) floats_.set(x);
  if (packing == Packing::int8) integers_.set(x, form);
  if (packing == Packing::int8_blocks) blocks_.set(x);
}

void Operand::set(MatrixView<const float> x, const LayerNorm& norm, Packing packing,
                  IntegerForm form) {
  packing_ = packing;
  form_ = form;
  if (packing == Packing::fp32) floats_.set(x, norm);
  if (packing == Packing::int8) integers_.set(x, norm, form);
  if (packing == Packing::int8_blocks) blocks_.set(x, norm);
}

int64_t Operand::rows() const {
  if (packing_ == Packing::fp32) return floats_.rows();
  return packing_ == Packing::int8 ? integers_.rows() : blocks_.rows();
}

PackedLinear::PackedLinear(int64_t inputs, int64_t outputs, Packing packing)
    : weight_(empty_weight(inputs, outputs, packing)),
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

void PackedLinear::set_quantised(int64_t first, MatrixView<const int8_t> quants,
                                 MatrixView<const float> scales) {
  PUENTE_ASSERT(packing() == Packing::int8_blocks && quants.rows == scales.rows);
  auto& weight = std::get<BlockMatrix>(weight_);
  for (int64_t i = 0; i < quants.rows; ++i) {
    weight.set_column(first + i, quants.row_span(i), scales.row_span(i));
  }
}

void PackedLinear::set_bias(int64_t first, std::span<const float> bias) {
  PUENTE_ASSERT(first >= 0 && first + static_cast<int64_t>(bias.size()) <= outputs());
  std::copy(bias.begin(), bias.end(), bias_.begin() + first);
}

void PackedLinear::multiply_by(const Operand& x, const Epilogue& epilogue,
                               MatrixView<float> y) const {
  PUENTE_ASSERT(x.packing_ == packing());
  if (const auto* floats = std::get_if<PackedMatrix>(&weight_)) {
    multiply(x.floats_, *floats, epilogue, y);
  } else if (const auto* integers = std::get_if<QuantisedMatrix>(&weight_)) {
    multiply(x.integers_, *integers, epilogue, y);
  } else {
    multiply(x.blocks_, std::get<BlockMatrix>(weight_), epilogue, y);
  }
}

void PackedLinear::forward(const Operand& x, Activation activation, MatrixView<float> y) const {
  multiply_by(x, {bias_.data(), activation, false}, y);
}

void PackedLinear::forward_add(const Operand& x, MatrixView<float> y) const {
  multiply_by(x, {bias_.data(), Activation::none, true}, y);
}

void PackedLinear::forward(const Operand& x, Activation activation, Operand& y,
                           AlignedVector<float>& floats) const {
  PUENTE_ASSERT(x.packing_ == packing());
  if (const auto* weight = std::get_if<PackedMatrix>(&weight_)) {
    y.packing_ = Packing::fp32;
    multiply(x.floats_, *weight, {bias_.data(), activation, false}, y.floats_);
    return;
  }
  floats.resize(std::max(floats.size(), static_cast<size_t>(x.rows() * outputs())));
  const MatrixView<float> result{floats.data(), x.rows(), outputs(), outputs()};
  forward(x, activation, result);
  y.set(result, packing(), x.form_);
}

void PackedLinear::forward(MatrixView<const float> x, Activation activation, MatrixView<float> y,
                           Operand& scratch) const {
  in_row_chunks(x.rows, [&](int64_t first, int64_t count) {
    scratch.set({x.row(first), count, x.cols, x.stride}, packing());
    forward(scratch, activation, {y.row(first), count, y.cols, y.stride});
  });
}

}  // namespace puente
