#include "finetune/backbone.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/threads.h"
#include "encoders/config_section.h"
#include "finetune/passes.h"
#include "formats/safetensors.h"

namespace puente {
namespace {

constexpr int64_t kFloat = sizeof(float);

bool holds_weights(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json") ||
         name.ends_with(".bin") || name.ends_with(".bin.index.json") || name.ends_with(".h5") ||
         name.ends_with(".msgpack") || name.ends_with(".ot") || name.ends_with(".onnx");
}

}  // namespace

TrainedBlockShape trained_shape(const BlockShape& shape, const ConfigSection& config) {
  TrainedBlockShape trained;
  trained.hidden = shape.hidden;
  trained.heads = shape.heads;
  trained.mlp = shape.mlp;
  trained.layer_norm_epsilon = shape.layer_norm_epsilon;
  trained.post_norm = shape.post_norm;
  trained.query_bias = shape.query_bias;
  if (shape.activation != Activation::gelu && shape.activation != Activation::gelu_tanh) {
    config.refuse("hidden_act", "is not GELU, the only one that is trained here");
  }
  trained.gelu = shape.activation == Activation::gelu ? GeluKind::erf : GeluKind::tanh;
  // transformers' defaults: ViTConfig has no dropout, BertConfig a tenth.
  const float otherwise = shape.post_norm ? 0.1f : 0.0f;
  trained.dropout = static_cast<double>(config.number("hidden_dropout_prob", otherwise, 0.99f));
  trained.attention_dropout =
      static_cast<double>(config.number("attention_probs_dropout_prob", otherwise, 0.99f));
  return trained;
}

void Backbone::place_blocks(ParameterLayout& layout, int64_t layers, BlockNames (*names)(int64_t),
                            const std::string& last_norm) {
  for (int64_t i = 0; i < layers; ++i) {
    blocks_.emplace_back(shape_, place_block(names(i), shape_, layout), i);
  }
  if (last_norm.empty()) return;
  last_norm_weight_ = layout.add({{last_norm + ".weight", {shape_.hidden}}});
  last_norm_bias_ = layout.add({{last_norm + ".bias", {shape_.hidden}}});
}

WeightReader Backbone::reader(const std::string& prefix, const std::string& probe) {
  prefix_ = prefix;
  probe_ = probe;
  WeightReader reader(folder_, Precision::fp32);
  reader.allow_prefix(prefix, probe);
  return reader;
}

void Backbone::read(ParameterLayout layout, std::optional<int64_t> trained_blocks,
                    WeightReader& reader) {
  const auto layers = static_cast<int64_t>(blocks_.size());
  int64_t first = 0;
  all_trained_ = !trained_blocks.has_value();
  if (trained_blocks) {
    if (*trained_blocks < 1 || *trained_blocks > layers) {
      fail("{}: has {} layers; {} of them cannot be trained", folder_.string(), layers,
           *trained_blocks);
    }
    first_trained_ = layers - *trained_blocks;
    first = blocks_[static_cast<size_t>(first_trained_)].places().norm1_weight.offset;
  }
  parameters_ = std::make_unique<Parameters>(std::move(layout), first);
  parameters_->read(reader);
}

int64_t Backbone::activation_bytes() const {
  return kFloat * trained_blocks() * BlockActivations::numbers(shape_);
}

int64_t Backbone::workspace_bytes() const {
  return kFloat * (BlockActivations::numbers(shape_) + BlockWorkspace::numbers(shape_) +
                   4 * shape_.hidden + std::max(3 * shape_.hidden, shape_.mlp));
}

int64_t Backbone::packed_bytes() const {
  return kFloat * shape_.hidden * (4 * shape_.hidden + 2 * shape_.mlp);
}

void Backbone::forward(const RowsOfPart& rows, int threads, BackboneActivations* kept,
                       BackboneWorkspace& work, MatrixView<float> vectors) const {
  const int64_t count = rows.part.rows(), c = shape_.hidden;
  PUENTE_ASSERT(vectors.rows == rows.part.sequences() && vectors.cols == c);
  if (kept) kept->blocks.resize(static_cast<size_t>(trained_blocks()));
  const auto activations = [&](size_t layer) -> BlockActivations& {
    const auto first = static_cast<size_t>(first_trained_);
    return kept && layer >= first ? kept->blocks[layer - first] : work.frozen;
  };
  embed(rows, threads, work, activations(0).x.view(count, c));
  const MatrixView<float> y = work.y.view(count, c);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    // A layer that keeps nothing writes over its own input, which it has read by then.
    const bool is_last = i + 1 == blocks_.size();
    blocks_[i].forward(*parameters_, rows.part, threads, activations(i), work.block,
                       is_last ? y : activations(i + 1).x.view(count, c));
  }
  for (int64_t s = 0; s < vectors.rows; ++s) {
    std::copy_n(y.row(rows.part.first_row[s]), c, vectors.row(s));
  }
  if (!last_norm_weight_.exists()) return;
  if (kept) {
    const MatrixView<float> last = kept->last.view(vectors.rows, c);
    for (int64_t s = 0; s < vectors.rows; ++s) std::copy_n(vectors.row(s), c, last.row(s));
  }
  const LayerNorm norm =
      norm_at(*parameters_, last_norm_weight_, last_norm_bias_, shape_.layer_norm_epsilon);
  layer_norm(vectors, norm, vectors);
}

void Backbone::backward(const RowsOfPart& rows, int threads, BackboneActivations& kept,
                        BackboneWorkspace& work, MatrixView<const float> dvectors) {
  const int64_t count = rows.part.rows(), c = shape_.hidden, sequences = rows.part.sequences();
  const MatrixView<float> d = work.slope.view(count, c);
  std::fill_n(d.data, count * c, 0.0f);
  Matrix dlast(sequences, c);
  if (last_norm_weight_.exists()) {
    const MatrixView<float> last = kept.last.view(sequences, c);
    const LayerNorm norm =
        norm_at(*parameters_, last_norm_weight_, last_norm_bias_, shape_.layer_norm_epsilon);
    work.moments.resize(static_cast<size_t>(sequences));
    layer_norm_backward(last, norm, dvectors, dlast.view(), work.moments);
    add_norm_gradient(*parameters_, last_norm_weight_, last_norm_bias_, last, work.moments,
                      dvectors, threads);
  } else {
    for (int64_t s = 0; s < sequences; ++s) std::copy_n(dvectors.row(s), c, dlast.row(s));
  }
  for (int64_t s = 0; s < sequences; ++s) {
    std::copy_n(dlast.row(s), c, d.row(rows.part.first_row[s]));
  }
  for (size_t i = blocks_.size(); i-- > static_cast<size_t>(first_trained_);) {
    blocks_[i].backward(*parameters_, rows.part, threads,
                        kept.blocks[i - static_cast<size_t>(first_trained_)], work.block, d);
  }
  if (all_trained_) embed_backward(rows, threads, work, d);
}

void Backbone::write(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.is_regular_file() && holds_weights(entry.path())) continue;
    std::filesystem::copy(entry.path(), folder / entry.path().filename(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
  }
  WeightReader names(folder_, Precision::fp32);
  names.allow_prefix(prefix_, probe_);
  std::map<std::string, const ParameterLayout::Tensor*> trained;
  for (const ParameterLayout::Tensor& tensor : parameters_->layout().tensors()) {
    trained[names.name_in_file(tensor.name)] = &tensor;
  }
  const Checkpoint checkpoint(folder_);
  std::vector<TensorSpec> specs;
  for (const std::string& name : checkpoint.names()) {
    const TensorInfo& tensor = checkpoint.tensor(name);
    specs.push_back({name, trained.contains(name) ? DType::kF32 : tensor.dtype, tensor.shape});
  }
  SafetensorsWriter writer(folder / "model.safetensors", specs, {{"format", "pt"}});
  for (const TensorSpec& spec : specs) {
    const auto found = trained.find(spec.name);
    if (found == trained.end()) {
      writer.write(checkpoint.tensor(spec.name).bytes);
    } else {
      writer.write(parameters_->numbers(*found->second));
    }
  }
  writer.commit();
}

}  // namespace puente
