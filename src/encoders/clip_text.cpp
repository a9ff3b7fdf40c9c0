#include "encoders/clip_text.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/error.h"
#include "tensor/elementwise.h"

namespace puente {
namespace {

// Enough rows to keep the matrix products busy; more only cost memory.
constexpr int64_t kRowsAtOnce = 448;

}  // namespace

int64_t pooled_position(std::span<const int32_t> ids, int64_t end_token) {
  const auto at = end_token == 2 ? std::max_element(ids.begin(), ids.end())
                                 : std::find(ids.begin(), ids.end(), end_token);
  return at == ids.end() ? 0 : at - ids.begin();
}

ClipText::ClipText(WeightReader& reader, const ClipConfig& config) : config_(config.text) {
  const int64_t c = config_.hidden;
  const std::string name = "text_model.";
  tokens_ = reader.matrix(name + "embeddings.token_embedding.weight", config_.vocabulary, c);
  positions_ = reader.matrix(name + "embeddings.position_embedding.weight", config_.positions, c);
  const BlockShape shape{
      .hidden = c,
      .heads = config_.heads,
      .mlp = config_.mlp,
      .layer_norm_epsilon = config_.layer_norm_epsilon,
      .activation = config.quick_gelu ? Activation::quick_gelu : Activation::gelu,
      .causal = true,
  };
  for (int64_t i = 0; i < config_.layers; ++i) {
    blocks_.emplace_back(reader, name + "encoder.layers." + std::to_string(i) + ".", shape);
  }
  final_norm_ = reader.layer_norm(name + "final_layer_norm", c, config_.layer_norm_epsilon);
  projection_ = reader.linear("text_projection", std::array{config.projection, c}, {.bias = false});
}

int64_t ClipText::bytes() const {
  int64_t bytes = projection_.bytes() + (tokens_.size() + positions_.size() + 2 * config_.hidden) *
                                            static_cast<int64_t>(sizeof(float));
  for (const TransformerBlock& block : blocks_) bytes += block.bytes();
  return bytes;
}

int64_t ClipText::tokens_of(const TokenizedText& text) const {
  PUENTE_ASSERT(!text.ids.empty());
  const int64_t tokens = pooled_position(text.ids, config_.end_token) + 1;
  PUENTE_ASSERT(tokens <= config_.positions);
  return tokens;
}

void ClipText::encode(std::span<const TokenizedText> texts, TowerBuffers& buffers,
                      MatrixView<float> out) const {
  PUENTE_ASSERT(static_cast<int64_t>(texts.size()) == out.rows);
  PUENTE_ASSERT(out.cols == projection_.outputs());
  for (size_t first = 0; first < texts.size();) {
    size_t end = first;
    for (int64_t rows = 0; end < texts.size(); ++end) {
      rows += tokens_of(texts[end]);
      if (rows > kRowsAtOnce && end > first) break;
    }
    encode_few(texts.subspan(first, end - first), buffers,
               {out.row(static_cast<int64_t>(first)), static_cast<int64_t>(end - first), out.cols,
                out.stride});
    first = end;
  }
}

void ClipText::encode_few(std::span<const TokenizedText> texts, TowerBuffers& buffers,
                          MatrixView<float> out) const {
  const int64_t batch = out.rows, c = config_.hidden;
  buffers.sequences.clear();
  buffers.picked.clear();
  int64_t rows = 0;
  for (const TokenizedText& text : texts) {
    const int64_t tokens = tokens_of(text);
    buffers.sequences.push_back({rows, tokens, rows, tokens});
    rows += tokens;
    buffers.picked.push_back(rows - 1);
  }
  MatrixView<float> x = buffers.x.view(rows, c);
  MatrixView<float> y = buffers.y.view(rows, c);
  for (size_t b = 0; b < texts.size(); ++b) {
    const Sequence& sequence = buffers.sequences[b];
    for (int64_t t = 0; t < sequence.keys; ++t) {
      const int64_t id = texts[b].ids[static_cast<size_t>(t)];
      PUENTE_ASSERT(id >= 0 && id < config_.vocabulary);
      add(tokens_.row_span(id), positions_.row_span(t), x.row_span(sequence.first_key + t));
    }
  }
  for (size_t i = 0; i + 1 < blocks_.size(); ++i) {
    blocks_[i].forward(x, buffers.sequences, buffers.block, y);
    std::swap(x, y);
  }
  // After the last layer only the end tokens are looked at.
  for (int64_t b = 0; b < batch; ++b) {
    buffers.sequences[static_cast<size_t>(b)].first_query = b;
    buffers.sequences[static_cast<size_t>(b)].queries = 1;
  }
  const MatrixView<float> pooled = buffers.pooled.view(batch, c);
  blocks_.back().forward(x, buffers.picked, buffers.sequences, buffers.block, pooled);
  layer_norm(pooled, final_norm_, pooled);
  projection_.forward(pooled, Activation::none, out, buffers.block.attention.multiply);
}

}  // namespace puente
