#include "encoders/vision_transformer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "encoders/layers.h"
#include "tensor/elementwise.h"

namespace puente {
void set_positions(VisionWeights& weights, std::span<const float> class_token,
                   const Matrix& positions, const Matrix& registers) {
  const int64_t c = positions.cols();
  weights.prefix = Matrix(1 + registers.rows(), c);
  add(class_token, positions.row_span(0), weights.prefix.row_span(0));
  std::copy_n(registers.data(), registers.size(), weights.prefix.data() + c);
  weights.positions = Matrix(positions.rows() - 1, c);
  std::copy_n(positions.data() + c, weights.positions.size(), weights.positions.data());
}

VisionTransformer::VisionTransformer(VisionWeights weights, PixelRecipe recipe, VectorFinish finish)
    : weights_(std::move(weights)), recipe_(std::move(recipe)), finish_(std::move(finish)) {
  PUENTE_ASSERT(recipe_.width() == recipe_.height() && grid() * grid() == patches());
  PUENTE_ASSERT(weights_.positions.cols() == hidden() && !weights_.blocks.empty());
  PUENTE_ASSERT(prefix() > 0 || needs_all_tokens());
}

int64_t VisionTransformer::dimension() const {
  return weights_.head ? weights_.head->outputs() : hidden();
}

int64_t VisionTransformer::weight_bytes() const {
  int64_t bytes =
      weights_.patch.bytes() + (weights_.positions.size() + weights_.prefix.size() + 4 * hidden()) *
                                   static_cast<int64_t>(sizeof(float));
  for (const TransformerBlock& block : weights_.blocks) bytes += block.bytes();
  if (weights_.attention_pool) bytes += weights_.attention_pool->bytes();
  if (weights_.head) bytes += weights_.head->bytes();
  return bytes;
}

int64_t VisionTransformer::batch() const { return std::max<int64_t>(1, kRowsAtOnce / tokens()); }

double VisionTransformer::flop() const {
  double flop = 2.0 * static_cast<double>(patches() * weights_.patch.inputs() * hidden());
  for (size_t i = 0; i < weights_.blocks.size(); ++i) {
    const bool last = i + 1 == weights_.blocks.size();
    flop += weights_.blocks[i].flop(tokens(), last && !needs_all_tokens() ? 1 : tokens(), tokens());
  }
  if (weights_.attention_pool) flop += weights_.attention_pool->flop(tokens());
  if (weights_.head) flop += 2.0 * static_cast<double>(hidden() * dimension());
  return flop;
}

void VisionTransformer::encode(EncoderWorker& worker, std::span<const float> pixels,
                               MatrixView<float> vectors) const {
  const int64_t size = int64_t{3} * recipe_.width() * recipe_.height();
  PUENTE_ASSERT(static_cast<int64_t>(pixels.size()) == vectors.rows * size);
  PUENTE_ASSERT(vectors.cols == dimension());
  for (int64_t first = 0; first < vectors.rows; first += batch()) {
    const int64_t count = std::min(batch(), vectors.rows - first);
    encode_few(pixels.data() + first * size, worker,
               {vectors.row(first), count, vectors.cols, vectors.stride});
  }
  finish_vectors(finish_, vectors);
}

MatrixView<float> VisionTransformer::cut_patches(const float* pixels, int64_t batch,
                                                 Buffer& buffer) const {
  const int64_t p = weights_.patch_size, side = recipe_.width(), n = grid();
  const MatrixView<float> cut = buffer.view(batch * patches(), 3 * p * p);
  float* to = cut.data;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t gy = 0; gy < n; ++gy) {
      for (int64_t gx = 0; gx < n; ++gx) {
        for (int64_t c = 0; c < 3; ++c) {
          const float* from = pixels + ((b * 3 + c) * side + gy * p) * side + gx * p;
          for (int64_t y = 0; y < p; ++y, to += p) {
            std::memcpy(to, from + y * side, static_cast<size_t>(p) * sizeof(float));
          }
        }
      }
    }
  }
  return cut;
}

/// The rows of all tokens before the first layer, and worker.sequences.
MatrixView<float> VisionTransformer::embed(const float* pixels, int64_t batch,
                                           EncoderWorker& worker) const {
  const int64_t t = tokens();
  const MatrixView<float> embedded = worker.embedded.view(batch * patches(), hidden());
  weights_.patch.forward(cut_patches(pixels, batch, worker.patches), Activation::none, embedded,
                         worker.block.operand);
  const MatrixView<float> x = worker.x.view(batch * t, hidden());
  worker.sequences.clear();
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t i = 0; i < prefix(); ++i) {
      std::copy_n(weights_.prefix.row(i), hidden(), x.row(b * t + i));
    }
    for (int64_t i = 0; i < patches(); ++i) {
      add(embedded.row_span(b * patches() + i), weights_.positions.row_span(i),
          x.row_span(b * t + prefix() + i));
    }
    worker.sequences.push_back({b * t, t, b * t, t});
  }
  if (weights_.first_norm) layer_norm(x, *weights_.first_norm, x);
  return x;
}

/// From the rows before the last layer to one vector each, [batch, C].
MatrixView<float> VisionTransformer::pool(MatrixView<float> x, int64_t batch,
                                          EncoderWorker& worker) const {
  const MatrixView<float> pooled = worker.pooled.view(batch, hidden());
  const TransformerBlock& last = weights_.blocks.back();
  if (!needs_all_tokens()) {
    last_layer(last, x, worker, pooled);
    layer_norm(pooled, weights_.final_norm, pooled);
    return pooled;
  }
  last.forward(x, worker.sequences, worker.block);
  pool_final(x, worker, pooled);
  return pooled;
}

/// From all rows after the last layer.
void VisionTransformer::pool_final(MatrixView<float> x, EncoderWorker& worker,
                                   MatrixView<float> pooled) const {
  layer_norm(x, weights_.final_norm, x);
  if (weights_.attention_pool) {
    weights_.attention_pool->forward(x, pooled.rows, worker, pooled);
  } else {
    pool_position(x, pooled);
  }
}

/// The rows at position(), or their means.
void VisionTransformer::pool_position(MatrixView<float> x, MatrixView<float> pooled) const {
  for (int64_t b = 0; b < pooled.rows; ++b) {
    float* first = x.row(b * tokens());
    if (needs_all_tokens()) {
      mean_of_rows({first + prefix() * x.stride, patches(), x.cols, x.stride}, pooled.row_span(b));
    } else {
      std::copy_n(first, x.cols, pooled.row(b));
    }
  }
}

void VisionTransformer::layer_states(EncoderWorker& worker, std::span<const float> pixels,
                                     int64_t batch, const ReceiveStates& receive) const {
  const MatrixView<float> x = embed(pixels.data(), batch, worker);
  const MatrixView<float> pooled = worker.pooled.view(batch, hidden());
  for (int64_t layer = 0; layer <= layers(); ++layer) {
    if (layer > 0) {
      weights_.blocks[static_cast<size_t>(layer - 1)].forward(x, worker.sequences, worker.block);
    }
    pool_position(x, pooled);
    receive(layer, 0, pooled);
  }
  pool_final(x, worker, pooled);
  Matrix vectors(batch, dimension());
  project(pooled, weights_.head, weights_.head_activation, worker, vectors.view());
  finish_vectors(finish_, vectors.view());
  receive(layers() + 1, 0, vectors);
}

void VisionTransformer::encode_few(const float* pixels, EncoderWorker& worker,
                                   MatrixView<float> vectors) const {
  const MatrixView<float> x = embed(pixels, vectors.rows, worker);
  worker.picked.clear();
  for (int64_t b = 0; b < vectors.rows && !needs_all_tokens(); ++b) {
    worker.picked.push_back(b * tokens());
  }
  pass_all_but_last(weights_.blocks, x, worker);
  project(pool(x, vectors.rows, worker), weights_.head, weights_.head_activation, worker, vectors);
}

Matrix VisionTransformer::token_states(EncoderWorker& worker, std::span<const float> pixels,
                                       int64_t batch) const {
  const MatrixView<float> x = embed(pixels.data(), batch, worker);
  for (const TransformerBlock& block : weights_.blocks) {
    block.forward(x, worker.sequences, worker.block);
  }
  Matrix states(x.rows, x.cols);
  layer_norm(x, weights_.final_norm, states.view());
  return states;
}

}  // namespace puente
