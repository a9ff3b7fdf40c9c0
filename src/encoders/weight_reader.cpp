#include "encoders/weight_reader.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include "base/error.h"
#include "tensor/elementwise.h"

namespace puente {
namespace {

/// Elements first .. first + out.size() as finite floats.
void read(const TensorInfo& tensor, int64_t first, std::span<float> out) {
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

AlignedVector<float> WeightReader::vector(const std::string& name, int64_t size) {
  const TensorInfo& tensor = checkpoint_.tensor(name, std::array{size});
  AlignedVector<float> values(static_cast<size_t>(size));
  read(tensor, 0, values);
  checkpoint_.release(tensor);
  return values;
}

Matrix WeightReader::matrix(const std::string& name, int64_t rows, int64_t cols) {
  const TensorInfo& tensor = checkpoint_.tensor(name, std::array{rows, cols});
  Matrix values(rows, cols);
  read(tensor, 0, {values.data(), static_cast<size_t>(values.size())});
  checkpoint_.release(tensor);
  return values;
}

LayerNorm WeightReader::layer_norm(const std::string& name, int64_t size, float epsilon) {
  return {vector(name + ".weight", size), vector(name + ".bias", size), epsilon};
}

void WeightReader::fill(PackedLinear& linear, const std::string& name,
                        std::span<const int64_t> shape, Part part) {
  const TensorInfo& tensor = checkpoint_.tensor(name + ".weight", shape);
  const int64_t outputs = shape[0];
  const int64_t inputs = inputs_of(shape);
  // A panel's worth of rows at a time: no second copy of the tensor in memory.
  Matrix rows(std::min(kPanelWidth, outputs), inputs);
  for (int64_t first = 0; first < outputs; first += kPanelWidth) {
    const int64_t count = std::min(kPanelWidth, outputs - first);
    const std::span<float> values(rows.data(), static_cast<size_t>(count * inputs));
    read(tensor, first * inputs, values);
    for (float& v : values) v *= part.scale;
    linear.set_weight(part.first_output + first, {rows.data(), count, inputs, inputs});
  }
  checkpoint_.release(tensor);
  if (part.bias) {
    AlignedVector<float> bias = vector(name + ".bias", outputs);
    for (float& v : bias) v *= part.scale;
    linear.set_bias(part.first_output, bias);
  }
}

PackedLinear WeightReader::linear(const std::string& name, std::span<const int64_t> shape,
                                  Part part) {
  checkpoint_.tensor(name + ".weight", shape);
  PackedLinear linear(inputs_of(shape), shape[0]);
  fill(linear, name, shape, part);
  return linear;
}

PackedLinear WeightReader::linear(const std::string& name, int64_t inputs, int64_t outputs) {
  return linear(name, std::array{outputs, inputs}, {});
}

}  // namespace puente
