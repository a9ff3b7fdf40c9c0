#include "encoders/clip_vision.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "tensor/elementwise.h"

namespace puente {
namespace {

// Enough rows to keep the matrix products busy; more only cost memory.
constexpr int64_t kRowsAtOnce = 448;

}  // namespace

ClipVision::ClipVision(WeightReader& reader, const ClipConfig& config)
    : config_(config.vision),
      grid_(config_.image_size / config_.patch_size),
      tokens_(grid_ * grid_ + 1) {
  const int64_t c = config_.hidden, p = config_.patch_size;
  const std::string name = "vision_model.";
  class_ = reader.vector(name + "embeddings.class_embedding", c);
  positions_ = reader.matrix(name + "embeddings.position_embedding.weight", tokens_, c);
  patch_ = reader.linear(name + "embeddings.patch_embedding", std::array{c, int64_t{3}, p, p},
                         {.bias = false});
  // transformers spells it so.
  pre_norm_ = reader.layer_norm(name + "pre_layrnorm", c, config_.layer_norm_epsilon);
  post_norm_ = reader.layer_norm(name + "post_layernorm", c, config_.layer_norm_epsilon);
  const BlockShape shape{
      .hidden = c,
      .heads = config_.heads,
      .mlp = config_.mlp,
      .layer_norm_epsilon = config_.layer_norm_epsilon,
      .activation = config.quick_gelu ? Activation::quick_gelu : Activation::gelu,
      .causal = false,
  };
  for (int64_t i = 0; i < config_.layers; ++i) {
    blocks_.emplace_back(reader, name + "encoder.layers." + std::to_string(i) + ".", shape);
  }
  projection_ =
      reader.linear("visual_projection", std::array{config.projection, c}, {.bias = false});
}

int64_t ClipVision::bytes() const {
  int64_t bytes = patch_.bytes() + projection_.bytes() +
                  (positions_.size() + 5 * config_.hidden) * static_cast<int64_t>(sizeof(float));
  for (const TransformerBlock& block : blocks_) bytes += block.bytes();
  return bytes;
}

void ClipVision::encode(std::span<const float> pixels, TowerBuffers& buffers,
                        MatrixView<float> out) const {
  const int64_t size = 3 * config_.image_size * config_.image_size;
  PUENTE_ASSERT(static_cast<int64_t>(pixels.size()) == out.rows * size);
  PUENTE_ASSERT(out.cols == projection_.outputs());
  const int64_t at_once = std::max<int64_t>(1, kRowsAtOnce / tokens_);
  for (int64_t first = 0; first < out.rows; first += at_once) {
    const int64_t count = std::min(at_once, out.rows - first);
    encode_few(pixels.data() + first * size, buffers,
               {out.row(first), count, out.cols, out.stride});
  }
}

MatrixView<float> ClipVision::cut_patches(const float* pixels, int64_t batch,
                                          Buffer& buffer) const {
  const int64_t p = config_.patch_size, side = config_.image_size;
  const MatrixView<float> patches = buffer.view(batch * grid_ * grid_, 3 * p * p);
  float* to = patches.data;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t gy = 0; gy < grid_; ++gy) {
      for (int64_t gx = 0; gx < grid_; ++gx) {
        for (int64_t c = 0; c < 3; ++c) {
          const float* from = pixels + ((b * 3 + c) * side + gy * p) * side + gx * p;
          for (int64_t y = 0; y < p; ++y, to += p) {
            std::memcpy(to, from + y * side, static_cast<size_t>(p) * sizeof(float));
          }
        }
      }
    }
  }
  return patches;
}

void ClipVision::encode_few(const float* pixels, TowerBuffers& buffers,
                            MatrixView<float> out) const {
  const int64_t batch = out.rows, c = config_.hidden, patches = tokens_ - 1;
  const MatrixView<float> embedded = buffers.embedded.view(batch * patches, c);
  patch_.forward(cut_patches(pixels, batch, buffers.patches), Activation::none, embedded,
                 buffers.block.attention.multiply);

  MatrixView<float> x = buffers.x.view(batch * tokens_, c);
  MatrixView<float> y = buffers.y.view(batch * tokens_, c);
  buffers.sequences.clear();
  buffers.picked.clear();
  for (int64_t b = 0; b < batch; ++b) {
    add(class_, positions_.row_span(0), x.row_span(b * tokens_));
    for (int64_t t = 1; t < tokens_; ++t) {
      add(embedded.row_span(b * patches + t - 1), positions_.row_span(t),
          x.row_span(b * tokens_ + t));
    }
    buffers.sequences.push_back({b * tokens_, tokens_, b * tokens_, tokens_});
    buffers.picked.push_back(b * tokens_);
  }
  layer_norm(x, pre_norm_, x);
  for (size_t i = 0; i + 1 < blocks_.size(); ++i) {
    blocks_[i].forward(x, buffers.sequences, buffers.block, y);
    std::swap(x, y);
  }
  // After the last layer only the class tokens are looked at.
  for (int64_t b = 0; b < batch; ++b) {
    buffers.sequences[static_cast<size_t>(b)].first_query = b;
    buffers.sequences[static_cast<size_t>(b)].queries = 1;
  }
  const MatrixView<float> pooled = buffers.pooled.view(batch, c);
  blocks_.back().forward(x, buffers.picked, buffers.sequences, buffers.block, pooled);
  layer_norm(pooled, post_norm_, pooled);
  projection_.forward(pooled, Activation::none, out, buffers.block.attention.multiply);
}

}  // namespace puente
