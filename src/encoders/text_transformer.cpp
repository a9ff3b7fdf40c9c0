#include "encoders/text_transformer.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "encoders/layers.h"
#include "encoders/product_rate.h"
#include "encoders/text_batches.h"
#include "tensor/elementwise.h"

namespace puente {
TextTransformer::TextTransformer(TextWeights weights, std::unique_ptr<const Tokenizer> tokenizer,
                                 VectorFinish finish)
    : weights_(std::move(weights)), tokenizer_(std::move(tokenizer)), finish_(std::move(finish)) {
  PUENTE_ASSERT(weights_.positions.cols() == hidden() && !weights_.blocks.empty());
  PUENTE_ASSERT(weights_.length && tokenizer_);
}

TokenizedText TextTransformer::tokenize(std::string_view text, Truncate truncate) const {
  return tokenizer_->encode(text, max_tokens(), truncate);
}

int64_t TextTransformer::dimension() const {
  return weights_.head ? weights_.head->outputs() : hidden();
}

int64_t TextTransformer::weight_bytes() const {
  int64_t bytes = (weights_.tokens.size() + weights_.positions.size() + 4 * hidden()) *
                  static_cast<int64_t>(sizeof(float));
  for (const TransformerBlock& block : weights_.blocks) bytes += block.bytes();
  if (weights_.head) bytes += weights_.head->bytes();
  return bytes;
}

int64_t TextTransformer::batch_tokens() const { return kRowsAtOnce; }

double TextTransformer::flop(int64_t tokens) const {
  double flop = 0;
  for (size_t i = 0; i < weights_.blocks.size(); ++i) {
    const bool last = i + 1 == weights_.blocks.size();
    flop +=
        weights_.blocks[i].flop(tokens, last && weights_.pool != Pool::mean ? 1 : tokens, tokens);
  }
  if (weights_.head) flop += 2.0 * static_cast<double>(hidden() * dimension());
  return flop;
}

double TextTransformer::estimate_seconds(const TextPlan& plan, int threads) const {
  return plan.flop / product_rate(packing_of(weights_.blocks.front().precision()), threads);
}

int64_t TextTransformer::length_of(const TokenizedText& text) const {
  const int64_t length = weights_.length(text.ids);
  PUENTE_ASSERT(length > 0 && length <= static_cast<int64_t>(text.ids.size()));
  PUENTE_ASSERT(length <= max_tokens());
  return length;
}

void TextTransformer::encode(EncoderWorker& worker, std::span<const TokenizedText> texts,
                             MatrixView<float> vectors) const {
  PUENTE_ASSERT(static_cast<int64_t>(texts.size()) == vectors.rows);
  PUENTE_ASSERT(vectors.cols == dimension());
  for (size_t first = 0; first < texts.size();) {
    size_t end = first;
    for (int64_t rows = 0; end < texts.size(); ++end) {
      rows += length_of(texts[end]);
      if (rows > kRowsAtOnce && end > first) break;
    }
    encode_few(texts.subspan(first, end - first), worker,
               {vectors.row(static_cast<int64_t>(first)), static_cast<int64_t>(end - first),
                vectors.cols, vectors.stride});
    first = end;
  }
  finish_vectors(finish_, vectors);
}

void TextTransformer::embed(std::span<const int32_t> ids, int64_t first_position,
                            MatrixView<float> x) const {
  for (int64_t t = 0; t < x.rows; ++t) {
    const int64_t id = ids[static_cast<size_t>(t)];
    PUENTE_ASSERT(id >= 0 && id < weights_.tokens.rows());
    add(weights_.tokens.row_span(id), weights_.positions.row_span(first_position + t),
        x.row_span(t));
  }
  if (weights_.first_norm) layer_norm(x, *weights_.first_norm, x);
}

/// The rows of all tokens before the first layer, worker.sequences and worker.picked.
MatrixView<float> TextTransformer::enter(std::span<const TokenizedText> texts,
                                         EncoderWorker& worker) const {
  worker.sequences.clear();
  int64_t rows = 0;
  for (const TokenizedText& text : texts) {
    const int64_t tokens = length_of(text);
    worker.sequences.push_back({rows, tokens, rows, tokens});
    rows += tokens;
  }
  const MatrixView<float> x = worker.x.view(rows, hidden());
  for (size_t b = 0; b < texts.size(); ++b) {
    const Sequence& s = worker.sequences[b];
    embed(texts[b].ids, 0, {x.row(s.first_key), s.keys, x.cols, x.stride});
  }
  worker.picked.clear();
  for (const Sequence& s : worker.sequences) {
    if (weights_.pool == Pool::mean) break;
    worker.picked.push_back(weights_.pool == Pool::last ? s.first_key + s.keys - 1 : s.first_key);
  }
  return x;
}

void TextTransformer::encode_few(std::span<const TokenizedText> texts, EncoderWorker& worker,
                                 MatrixView<float> vectors) const {
  const MatrixView<float> x = enter(texts, worker);
  pass_all_but_last(weights_.blocks, x, worker);
  project(pool(x, worker), weights_.head, weights_.head_activation, worker, vectors);
}

/// From the rows before the last layer to one vector for each of worker.sequences.
MatrixView<float> TextTransformer::pool(MatrixView<float> x, EncoderWorker& worker) const {
  const auto batch = static_cast<int64_t>(worker.sequences.size());
  const MatrixView<float> pooled = worker.pooled.view(batch, hidden());
  const TransformerBlock& last = weights_.blocks.back();
  if (weights_.pool == Pool::mean) {
    last.forward(x, worker.sequences, worker.block);
    if (weights_.final_norm) layer_norm(x, *weights_.final_norm, x);
    pool_position(x, worker, pooled);
    return pooled;
  }
  last_layer(last, x, worker, pooled);
  if (weights_.final_norm) layer_norm(pooled, *weights_.final_norm, pooled);
  return pooled;
}

/// The rows at position(), or their means.
void TextTransformer::pool_position(MatrixView<float> x, EncoderWorker& worker,
                                    MatrixView<float> pooled) const {
  for (int64_t b = 0; b < pooled.rows; ++b) {
    if (weights_.pool == Pool::mean) {
      const Sequence& s = worker.sequences[static_cast<size_t>(b)];
      mean_of_rows({x.row(s.first_key), s.keys, x.cols, x.stride}, pooled.row_span(b));
    } else {
      std::copy_n(x.row(worker.picked[static_cast<size_t>(b)]), x.cols, pooled.row(b));
    }
  }
}

std::string_view TextTransformer::position() const {
  if (weights_.pool == Pool::mean) return "mean of the tokens";
  return weights_.pool == Pool::last ? "last token" : "first token";
}

void TextTransformer::states_of_few(std::span<const TokenizedText> texts, int64_t first,
                                    EncoderWorker& worker, const ReceiveStates& receive) const {
  const auto batch = static_cast<int64_t>(texts.size());
  const MatrixView<float> x = enter(texts, worker);
  const MatrixView<float> pooled = worker.pooled.view(batch, hidden());
  for (int64_t layer = 0; layer <= layers(); ++layer) {
    if (layer > 0) {
      weights_.blocks[static_cast<size_t>(layer - 1)].forward(x, worker.sequences, worker.block);
    }
    pool_position(x, worker, pooled);
    receive(layer, first, pooled);
  }
  if (weights_.final_norm) layer_norm(x, *weights_.final_norm, x);
  pool_position(x, worker, pooled);
  Matrix vectors(batch, dimension());
  project(pooled, weights_.head, weights_.head_activation, worker, vectors.view());
  finish_vectors(finish_, vectors.view());
  receive(layers() + 1, first, vectors);
}

void TextTransformer::layer_states(std::span<const TokenizedText> texts, int threads,
                                   const ReceiveStates& receive) const {
  std::vector<EncoderWorker> workers(static_cast<size_t>(threads));
  const std::vector<int64_t> firsts = text_batches(texts, batch_tokens());
  parallel_for(static_cast<int64_t>(firsts.size()) - 1, threads, [&](int64_t i, int worker) {
    check_interrupt();
    const int64_t first = firsts[static_cast<size_t>(i)];
    const int64_t size = firsts[static_cast<size_t>(i) + 1] - first;
    states_of_few(texts.subspan(static_cast<size_t>(first), static_cast<size_t>(size)), first,
                  workers[static_cast<size_t>(worker)], receive);
  });
}

Matrix TextTransformer::token_states(EncoderWorker& worker, std::span<const int32_t> ids,
                                     int64_t first_position) const {
  const auto count = static_cast<int64_t>(ids.size());
  PUENTE_ASSERT(count > 0 && first_position >= 0 && first_position + count <= max_tokens());
  Matrix x(count, hidden());
  embed(ids, first_position, x.view());
  worker.sequences.assign(1, Sequence{0, count, 0, count});
  for (const TransformerBlock& block : weights_.blocks) {
    block.forward(x.view(), worker.sequences, worker.block);
  }
  if (weights_.final_norm) layer_norm(x, *weights_.final_norm, x.view());
  return x;
}

}  // namespace puente
