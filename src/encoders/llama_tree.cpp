#include "encoders/llama_tree.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/resources.h"
#include "base/threads.h"
#include "encoders/buffer.h"
#include "encoders/product_rate.h"
#include "tensor/elementwise.h"
#include "tensor/key_value_stack.h"
#include "tensor/part.h"
#include "tensor/swiglu.h"

namespace puente {
namespace {

/// What a thread brings to a layer.
struct Worker {
  Buffer normalised, gate;
  Operand operand, hidden;
};

/// In eight bits with a scale for every 32, as GGUF files have them.
Packing packing_of_llama(Precision precision) {
  return precision == Precision::fp32 ? Packing::fp32 : Packing::int8_blocks;
}

int64_t packed_bytes(int64_t weights, Precision precision) {
  if (precision == Precision::fp32) return weights * int64_t{sizeof(float)};
  return weights / (kBlockDepth * 16) * int64_t{sizeof(PanelBlock)};
}

}  // namespace

LlamaMemory llama_memory(const LlamaFile& file, Precision precision, int threads) {
  const LlamaConfig& c = file.config();
  constexpr int64_t kFloat = sizeof(float);
  LlamaMemory memory;
  memory.per_node = kFloat * (c.hidden + c.query_size() + 2 * c.key_value_size());
  // The packed matrices of half a layer, the pages of one that is being packed, and the rows that
  // every thread has on its way.
  memory.weights = packed_bytes(std::max(c.attention_weights(), c.mlp_weights()), precision);
  memory.fixed = memory.weights + std::max(c.mlp, c.query_size()) * c.hidden * kFloat +
                 threads * kMostRows * kFloat * (3 * c.hidden + 4 * c.mlp) + (int64_t{64} << 20);
  return memory;
}

double llama_load_seconds(const LlamaFile& file, Precision precision, int threads) {
  const LlamaConfig& c = file.config();
  const double share = static_cast<double>(c.mlp * c.hidden) /
                       static_cast<double>(c.attention_weights() + c.mlp_weights());
  const Stopwatch watch;
  file.matrix(0, LlamaMatrix::gate, packing_of_llama(precision), threads);
  return watch.seconds() / share;
}

double llama_product_rate(Precision precision, int threads) {
  return product_rate(packing_of_llama(precision), threads);
}

LlamaTree::LlamaTree(const LlamaFile& file, const TokenTree& tree, std::vector<int32_t> wanted,
                     Precision precision, int threads)
    : file_(file),
      tree_(tree),
      wanted_(std::move(wanted)),
      packing_(packing_of_llama(precision)),
      threads_(threads),
      rope_(file.config().frequencies, tree.counts().longest_text),
      final_norm_(file.final_norm()),
      states_(tree.nodes(), file.config().hidden),
      query_(tree.nodes(), file.config().query_size()),
      key_value_(tree.nodes(), 2 * file.config().key_value_size()) {
  PUENTE_ASSERT(threads > 0 && tree.counts().longest_text <= file.config().context);
  file_.embed(tree.tokens(), states_.view());
}

void LlamaTree::resume(int64_t layer, Matrix states) {
  PUENTE_ASSERT(states.rows() == states_.rows() && states.cols() == states_.cols());
  PUENTE_ASSERT(layer >= 0 && layer <= layers());
  layer_ = layer;
  states_ = std::move(states);
}

/// body(first, count, worker) for all nodes, in chunks of as many rows, and as many of them for
/// every thread: one that is left over would keep the others waiting. The last chunk of every
/// thread goes in two halves, since threads are never equally fast.
template <class Body>
void LlamaTree::in_chunks(Body&& body) const {
  const int64_t nodes = states_.rows();
  if (nodes == 0) return;
  const int64_t chunks = (nodes + threads_ * kMostRows - 1) / (threads_ * kMostRows) * threads_;
  const int64_t rows = (nodes + chunks - 1) / chunks;
  const int64_t halves = threads_ > 1 ? 2 * threads_ : 0;
  const int64_t whole = chunks - halves / 2;
  const auto first_of = [&](int64_t item) {
    const int64_t halves_before = std::max<int64_t>(item - whole, 0);
    return std::min(nodes, std::min(item, whole) * rows + halves_before * ((rows + 1) / 2));
  };
  std::vector<Worker> workers(static_cast<size_t>(threads_));
  parallel_for(whole + halves, threads_, [&](int64_t item, int worker) {
    check_interrupt();
    const int64_t first = first_of(item), count = first_of(item + 1) - first;
    if (count > 0) body(first, count, workers[static_cast<size_t>(worker)]);
  });
}

void LlamaTree::next_layer(const std::function<void(int64_t nodes)>& advance) {
  PUENTE_ASSERT(layer_ < layers());
  if (layer_ + 1 < layers()) file_.fetch_ahead(layer_ + 1);
  const int64_t all = states_.rows();
  attention();
  feed_forward(advance);
  advance(all - states_.rows());  // those that the last layer was spared
  ++layer_;
}

void LlamaTree::attention() {
  const LlamaConfig& c = file_.config();
  const int64_t keys = c.key_value_size();
  const auto load = [&](LlamaMatrix which) {
    return file_.matrix(layer_, which, packing_, threads_);
  };
  {
    const RmsNorm norm = file_.norm(layer_, LlamaNorm::attention);
    const PackedLinear query = load(LlamaMatrix::query), key = load(LlamaMatrix::key),
                       value = load(LlamaMatrix::value);
    const float scale = 1.0f / std::sqrt(static_cast<float>(c.head_size));
    in_chunks([&](int64_t first, int64_t count, Worker& worker) {
      const MatrixView<float> x = worker.normalised.view(count, c.hidden);
      rms_norm(rows_of(states_.view(), first, count), norm, x);
      worker.operand.set(x, packing_);
      const MatrixView<float> q = rows_of(query_.view(), first, count);
      const MatrixView<float> k = part_of(key_value_.view(), first, count, 0, keys);
      query.forward(worker.operand, Activation::none, q);
      key.forward(worker.operand, Activation::none, k);
      value.forward(worker.operand, Activation::none,
                    part_of(key_value_.view(), first, count, keys, keys));
      for (int64_t i = 0; i < count; ++i) {
        const int64_t position = tree_.depths()[static_cast<size_t>(first + i)];
        rope_.turn(q.row_span(i), position, scale);
        rope_.turn(k.row_span(i), position, 1);
      }
    });
  }
  parallel_for(c.key_value_heads, threads_, [&](int64_t head, int) { attend(head); });
  if (layer_ + 1 == layers() && !wanted_.empty()) keep_wanted();
  const PackedLinear out = load(LlamaMatrix::out);
  in_chunks([&](int64_t first, int64_t count, Worker& worker) {
    worker.operand.set(rows_of(query_.view(), first, count), packing_);
    out.forward_add(worker.operand, rows_of(states_.view(), first, count));
  });
}

/// All queries of the heads that share one head of keys and values, in the order of the nodes, so
/// that every key is packed once. What they attended to takes their place.
void LlamaTree::attend(int64_t key_value_head) {
  const LlamaConfig& c = file_.config();
  const int64_t size = c.head_size, shared = c.heads / c.key_value_heads;
  KeyValueStack stack;
  stack.reset(size, tree_.counts().longest_text);
  for (const TreeSegment& segment : tree_.segments()) {
    check_interrupt();
    const int64_t column = key_value_head * size;
    stack.put(segment.depth,
              part_of(std::as_const(key_value_).view(), segment.first, segment.count, column, size),
              part_of(std::as_const(key_value_).view(), segment.first, segment.count,
                      c.key_value_size() + column, size));
    for (int64_t h = key_value_head * shared; h < (key_value_head + 1) * shared; ++h) {
      const MatrixView<float> query =
          part_of(query_.view(), segment.first, segment.count, h * size, size);
      stack.attend(query, segment.depth, query);
    }
  }
}

/// From here on the rows are those of the wanted nodes only.
void LlamaTree::keep_wanted() {
  for (Matrix* rows : {&states_, &query_}) {
    Matrix kept(static_cast<int64_t>(wanted_.size()), rows->cols());
    for (int64_t i = 0; i < kept.rows(); ++i) {
      std::copy_n(rows->row(wanted_[static_cast<size_t>(i)]), kept.cols(), kept.row(i));
    }
    *rows = std::move(kept);
  }
}

std::span<const float> LlamaTree::last_state(int32_t node) const {
  PUENTE_ASSERT(layer_ == layers());
  if (wanted_.empty()) return states_.row_span(node);
  const auto at = std::lower_bound(wanted_.begin(), wanted_.end(), node);
  PUENTE_ASSERT(at != wanted_.end() && *at == node);
  return states_.row_span(at - wanted_.begin());
}

void LlamaTree::feed_forward(const std::function<void(int64_t)>& advance) {
  const LlamaConfig& c = file_.config();
  const auto load = [&](LlamaMatrix which) {
    return file_.matrix(layer_, which, packing_, threads_);
  };
  const RmsNorm norm = file_.norm(layer_, LlamaNorm::mlp);
  const PackedLinear gate = load(LlamaMatrix::gate), up = load(LlamaMatrix::up),
                     down = load(LlamaMatrix::down);
  in_chunks([&](int64_t first, int64_t count, Worker& worker) {
    const MatrixView<float> states = rows_of(states_.view(), first, count);
    const MatrixView<float> x = worker.normalised.view(count, c.hidden);
    rms_norm(states, norm, x);
    worker.operand.set(x, packing_);
    const MatrixView<float> both = worker.gate.view(2 * count, c.mlp);
    const MatrixView<float> gated = rows_of(both, 0, count), upper = rows_of(both, count, count);
    gate.forward(worker.operand, Activation::none, gated);
    up.forward(worker.operand, Activation::none, upper);
    const auto size = static_cast<size_t>(count * c.mlp);
    swiglu({gated.data, size}, {upper.data, size}, {gated.data, size});
    worker.hidden.set(gated, packing_);
    down.forward_add(worker.hidden, states);
    advance(count);
  });
}

}  // namespace puente
