#include <charconv>
#include <map>
#include <string>

#include "base/error.h"
#include "formats/safetensors.h"
#include "fusion/weights.h"

namespace puente {
namespace {

std::vector<int64_t> shape_of(const NamedTensor<const float>& tensor) {
  if (tensor.cols == 0) return {tensor.rows};
  return {tensor.rows, tensor.cols};
}

const std::string& metadata(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) {
    fail("{}: not a fusion classifier: its metadata has no '{}'", file.path().string(), key);
  }
  return found->second;
}

int64_t number(const SafetensorsFile& file, const std::string& key) {
  constexpr int64_t kLargest = 1 << 24;
  const std::string& text = metadata(file, key);
  int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > kLargest) {
    fail("{}: metadata '{}' is '{}', expected a whole number up to {}", file.path().string(), key,
         text, kLargest);
  }
  return value;
}

void expect_shape(const SafetensorsFile& file, const std::string& name,
                  const std::vector<int64_t>& shape) {
  const TensorInfo& tensor = file.tensor(name);
  if (tensor.shape != shape || tensor.dtype != DType::kF32) {
    fail("{}: tensor {} is {} {}, expected F32 {}", file.path().string(), name,
         dtype_name(tensor.dtype), shape_text(tensor.shape), shape_text(shape));
  }
}

}  // namespace

void save_fusion_weights(const FusionWeights& weights, const std::filesystem::path& path) {
  const std::vector<NamedTensor<const float>> tensors = tensors_of(weights);
  std::vector<TensorSpec> specs;
  for (const auto& tensor : tensors) specs.push_back({tensor.name, DType::kF32, shape_of(tensor)});
  const FusionShape& shape = weights.shape;
  std::map<std::string, std::string> metadata = {{"fusion", std::string(name_of(shape.kind))},
                                                 {"image_dim", std::to_string(shape.image_dim)},
                                                 {"text_dim", std::to_string(shape.text_dim)},
                                                 {"classes", std::to_string(shape.classes)}};
  if (shape.labels > 1) metadata["labels"] = std::to_string(shape.labels);
  SafetensorsWriter writer(path, specs, metadata);
  for (const auto& tensor : tensors) writer.write(tensor.values);
  writer.commit();
}

FusionWeights load_fusion_weights(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  FusionShape shape;
  const std::string& kind = metadata(file, "fusion");
  if (kind != "early" && kind != "late") {
    fail("{}: metadata 'fusion' is '{}', expected early or late", path.string(), kind);
  }
  shape.kind = parse_fusion(kind);
  shape.image_dim = number(file, "image_dim");
  shape.text_dim = number(file, "text_dim");
  shape.classes = number(file, "classes");
  if (file.metadata().contains("labels")) shape.labels = number(file, "labels");
  if (shape.image_dim + shape.text_dim == 0 || shape.classes < 2 || shape.labels < 1 ||
      (shape.labels > 1 && shape.classes != 2)) {
    fail("{}: metadata says {} + {} numbers, {} classes and {} label{}", path.string(),
         shape.image_dim, shape.text_dim, shape.classes, shape.labels,
         shape.labels == 1 ? "" : "s");
  }
  // The large ones are held against the file before memory is taken for them.
  for (const BranchShape& branch : branches_of(shape)) {
    expect_shape(file, branch.name + ".0.weight", {branch.hidden, branch.inputs});
  }
  expect_shape(file, "output.weight", {shape.outputs(), shape.hidden()});

  FusionWeights weights = blank_fusion_weights<float>(shape);
  for (const NamedTensor<float>& tensor : tensors_of(weights)) {
    expect_shape(file, tensor.name,
                 tensor.cols == 0 ? std::vector<int64_t>{tensor.rows}
                                  : std::vector<int64_t>{tensor.rows, tensor.cols});
    to_float(file.tensor(tensor.name), tensor.values);
  }
  return weights;
}

}  // namespace puente
