#include "encoders/weight_reader.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "tensor/elementwise.h"

namespace puente {
namespace {

/// Elements first .. first + out.size() as finite floats.
void read_finite(const TensorInfo& tensor, int64_t first, std::span<float> out) {
  to_float(tensor, first, out);
  const int64_t bad = first_not_finite(out);
  if (bad >= 0) {
    fail("{}: tensor {} holds NaN or infinity (element {}); download the file again", tensor.source,
         tensor.name, first + bad);
  }
}

int64_t inputs_of(std::span<const int64_t> shape) {
  return std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies());
}

}  // namespace

void WeightReader::allow_prefix(const std::string& prefix, const std::string& probe) {
  if (!has(probe) && checkpoint_.find(prefix + probe)) prefix_ = prefix;
}

std::string WeightReader::name_in_file(const std::string& name) const {
  const std::string usual = prefix_ + name;
  if (checkpoint_.find(usual)) return usual;
  for (const auto& [now, before] : {std::pair{".weight", ".gamma"}, std::pair{".bias", ".beta"}}) {
    if (!name.ends_with(now)) continue;
    std::string old = usual.substr(0, usual.size() - std::string_view(now).size()) + before;
    if (checkpoint_.find(old)) return old;
  }
  return usual;
}

void WeightReader::read(const std::string& name, std::span<const int64_t> shape,
                        std::span<float> values) {
  const TensorInfo& found = tensor(name, shape);
  PUENTE_ASSERT(found.elements() == static_cast<int64_t>(values.size()));
  read_finite(found, 0, values);
  checkpoint_.release(found);
}

AlignedVector<float> WeightReader::vector(const std::string& name, int64_t size) {
  tensor(name, std::array{size});  // before memory is taken
  AlignedVector<float> values(static_cast<size_t>(size));
  read(name, std::array{size}, values);
  return values;
}

Matrix WeightReader::matrix(const std::string& name, std::span<const int64_t> shape) {
  Matrix values(tensor(name, shape).elements() / shape.back(), shape.back());
  read(name, shape, {values.data(), static_cast<size_t>(values.size())});
  return values;
}

Matrix WeightReader::matrix(const std::string& name, int64_t rows, int64_t cols) {
  return matrix(name, std::array{rows, cols});
}

LayerNorm WeightReader::layer_norm(const std::string& name, int64_t size, float epsilon) {
  return {vector(name + ".weight", size), vector(name + ".bias", size), epsilon};
}

void WeightReader::fill(PackedLinear& linear, const std::string& name,
                        std::span<const int64_t> shape, const Part& part) {
  const TensorInfo& found = tensor(name + part.weight_suffix, shape);
  const int64_t outputs = part.input_rows > 0 ? part.input_rows : shape[0];
  const int64_t inputs = inputs_of(shape);
  const auto scale_of = [&](int64_t output) {
    return part.output_scales.empty()
               ? part.scale
               : part.scale * part.output_scales[static_cast<size_t>(output)];
  };
  // A panel's worth of rows at a time: no second copy of the tensor in memory.
  Matrix rows(std::min(kPanelWidth, outputs), inputs);
  for (int64_t first = 0; first < outputs; first += kPanelWidth) {
    const int64_t count = std::min(kPanelWidth, outputs - first);
    read_finite(found, (part.first_input_row + first) * inputs,
                {rows.data(), static_cast<size_t>(count * inputs)});
    for (int64_t i = 0; i < count; ++i) {
      const float scale = scale_of(first + i);
      for (float& v : rows.row_span(i)) v *= scale;
    }
    linear.set_weight(part.first_output + first, {rows.data(), count, inputs, inputs});
  }
  checkpoint_.release(found);
  if (!part.bias) return;
  const AlignedVector<float> all = vector(name + part.bias_suffix, shape[0]);
  AlignedVector<float> bias(all.begin() + part.first_input_row,
                            all.begin() + part.first_input_row + outputs);
  for (int64_t i = 0; i < outputs; ++i) bias[static_cast<size_t>(i)] *= scale_of(i);
  linear.set_bias(part.first_output, bias);
}

PackedLinear WeightReader::linear(const std::string& name, std::span<const int64_t> shape,
                                  const Part& part, Precision precision) {
  tensor(name + part.weight_suffix, shape);
  PackedLinear linear(inputs_of(shape), part.input_rows > 0 ? part.input_rows : shape[0],
                      precision);
  fill(linear, name, shape, part);
  return linear;
}

PackedLinear WeightReader::linear(const std::string& name, std::span<const int64_t> shape,
                                  const Part& part) {
  return linear(name, shape, part, precision_);
}

PackedLinear WeightReader::head(const std::string& name, int64_t inputs, int64_t outputs,
                                bool bias) {
  return linear(name, std::array{outputs, inputs}, {.bias = bias}, Precision::fp32);
}

}  // namespace puente
