#include "demo/llama_twin.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include "base/interrupt.h"
#include "base/rng.h"
#include "demo/gguf_writer.h"
#include "demo/llama_weights.h"
#include "demo/quantise.h"
#include "demo/shapes.h"
#include "encoders/llama_config.h"
#include "formats/gguf.h"

namespace puente {
namespace {

constexpr const char* kRotations = "rope_freqs.weight";
constexpr const char* kLogits = "output.weight";

/// Not what is about the file that it was: where its tensors lie, and into how many it was split.
GgufPairs metadata_of(const GgufFile& file) {
  GgufPairs pairs;
  for (const std::string& key : file.metadata().keys()) {
    if (key == "general.alignment" || key.starts_with("split.")) continue;
    pairs.value(key, *file.metadata().find(key));
  }
  return pairs;
}

/// Norms begin as ones, matrices as normal numbers.
void write_drawn(GgufWriter& writer, const GgufTensorSpec& spec, Rng& rng) {
  const int64_t rows = spec.shape.size() == 1 ? 1 : spec.shape.front();
  std::vector<float> row(static_cast<size_t>(spec.shape.back()), 1.0f);
  std::vector<std::byte> bytes(row.size() * static_cast<size_t>(block_bytes(spec.type)));
  for (int64_t i = 0; i < rows; ++i) {
    if (spec.shape.size() > 1) {
      for (float& x : row) x = static_cast<float>(kUsualDeviation * rng.normal());
    }
    quantise(spec.type, row, bytes);
    writer.write(bytes);
  }
}

}  // namespace

std::vector<RandomTensor> llama_tensors_of(const ConfigSection& config) {
  const LlamaConfig c = read_llama_config(config);
  const LlamaShape shape{.name = "llama",
                         .layers = c.layers,
                         .hidden = c.hidden,
                         .heads = c.heads,
                         .key_value_heads = c.key_value_heads,
                         .mlp = c.mlp,
                         .vocabulary = c.vocabulary,
                         .context = c.context,
                         .deviation = initializer_range(config),
                         .own_head_size = c.head_size};
  TensorList list;
  for (const LlamaTensor& tensor : llama_tensors(shape, c.vocabulary)) {
    if (tensor.gguf == kLogits) continue;
    if (tensor.shape.size() == 1) {
      list.constant(tensor.folder, tensor.shape, 1);
    } else {
      list.weight(tensor.folder, tensor.shape, tensor.deviation);
    }
  }
  return list.take();
}

void write_random_gguf_twin(const std::filesystem::path& model, uint64_t seed,
                            const std::filesystem::path& twin) {
  const GgufFile file(model);
  std::vector<GgufTensorSpec> specs;
  for (const GgufTensor& tensor : file.tensors()) {
    if (tensor.name == kLogits) continue;
    const bool kept = tensor.name == kRotations;
    const GgmlType drawn = tensor.shape.size() > 1 ? GgmlType::kF16 : GgmlType::kF32;
    specs.push_back({tensor.name, kept ? tensor.type : drawn, tensor.shape});
  }
  GgufWriter writer(twin, metadata_of(file), specs);
  for (size_t i = 0; i < specs.size(); ++i) {
    check_interrupt();
    if (specs[i].name == kRotations) {
      writer.write(file.tensor(kRotations).bytes);
    } else {
      Rng rng(seed, i);
      write_drawn(writer, specs[i], rng);
    }
  }
  writer.commit();
}

}  // namespace puente
