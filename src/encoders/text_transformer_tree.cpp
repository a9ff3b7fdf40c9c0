// A causal text tower over all texts of a job: trees of a few hundred nodes, one per worker.
#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "encoders/layers.h"
#include "encoders/text_transformer.h"
#include "tensor/elementwise.h"

namespace puente {
namespace {

// Larger trees share a little more, and need more memory and a cache that they do not find.
constexpr int64_t kMostNodes = 1024;

/// Enough parts for all threads to have work to the end.
int64_t nodes_at_once(const TokenTree& tree, int threads) {
  return std::clamp<int64_t>(tree.nodes() / (4 * threads), 64, kMostNodes);
}

}  // namespace

bool TextTransformer::grows_a_tree() const {
  return weights_.pool == Pool::last && weights_.blocks.front().causal() && !weights_.first_norm;
}

/// The tokens that are looked at.
std::vector<std::span<const int32_t>> TextTransformer::ids_of(
    std::span<const TokenizedText> texts) const {
  std::vector<std::span<const int32_t>> ids;
  ids.reserve(texts.size());
  for (const TokenizedText& text : texts) {
    ids.push_back(std::span(text.ids).first(static_cast<size_t>(length_of(text))));
  }
  return ids;
}

TextPlan TextTransformer::plan_of(const TokenTree& tree, std::span<const TreePart> parts) const {
  TextPlan plan;
  plan.tokens = tree.counts().tokens;
  plan.different_tokens = tree.counts().different_tokens;
  plan.nodes = total_nodes(parts);
  // A text's last layer is that of its end alone.
  plan.flop = static_cast<double>(plan.nodes) * flop(1);
  return plan;
}

TextPlan TextTransformer::plan(std::span<const TokenizedText> texts, const TextWork& work) const {
  if (!grows_a_tree()) return TextEncoder::plan(texts, work);
  const TokenTree tree(ids_of(texts));
  return plan_of(tree, split_tree(tree, nodes_at_once(tree, work.threads)));
}

TextPlan TextTransformer::encode_all(std::span<const TokenizedText> texts, const TextWork& work,
                                     const Receive& receive, Progress& progress) const {
  if (!grows_a_tree()) return TextEncoder::encode_all(texts, work, receive, progress);
  const std::vector<std::span<const int32_t>> ids = ids_of(texts);
  const TokenTree whole(ids);
  const std::vector<TreePart> parts = split_tree(whole, nodes_at_once(whole, work.threads));
  std::vector<EncoderWorker> workers(static_cast<size_t>(work.threads));
  progress.begin("encoding texts", "texts", static_cast<int64_t>(texts.size()));
  parallel_for(static_cast<int64_t>(parts.size()), work.threads, [&](int64_t p, int worker) {
    check_interrupt();
    const std::vector<int32_t>& chosen = parts[static_cast<size_t>(p)].texts;
    std::vector<std::span<const int32_t>> own;
    for (const int32_t text : chosen) own.push_back(ids[static_cast<size_t>(text)]);
    const TokenTree tree(own);
    const std::vector<int32_t> different = different_ends(tree);
    const std::vector<int64_t> ends(different.begin(), different.end());
    const Matrix vectors = encode_tree(tree, ends, workers[static_cast<size_t>(worker)]);
    for (size_t i = 0; i < chosen.size(); ++i) {
      const auto at = std::ranges::lower_bound(ends, tree.ends()[i]) - ends.begin();
      receive(chosen[i], {vectors.row(at), 1, vectors.cols(), vectors.cols()});
    }
    progress.advance(static_cast<int64_t>(chosen.size()));
  });
  progress.end();
  return plan_of(whole, parts);
}

/// The vectors of the nodes `ends`, ascending.
Matrix TextTransformer::encode_tree(const TokenTree& tree, std::span<const int64_t> ends,
                                    EncoderWorker& worker) const {
  const MatrixView<float> x = worker.x.view(tree.nodes(), hidden());
  for (int64_t i = 0; i < x.rows; ++i) {
    const auto node = static_cast<size_t>(i);
    const int64_t id = tree.tokens()[node];
    PUENTE_ASSERT(id < weights_.tokens.rows());
    add(weights_.tokens.row_span(id), weights_.positions.row_span(tree.depths()[node]),
        x.row_span(i));
  }
  const auto count = static_cast<int64_t>(ends.size());
  const bool finer = weights_.blocks.front().has_finer_way();
  const MatrixView<float> y = worker.finer.view(finer ? count : 0, hidden());
  for (int64_t i = 0; i < y.rows; ++i) {
    std::copy_n(x.row(ends[static_cast<size_t>(i)]), hidden(), y.row(i));
  }
  for (size_t layer = 0; layer + 1 < weights_.blocks.size(); ++layer) {
    weights_.blocks[layer].forward(x, tree, finer ? ends : std::span<const int64_t>(), worker.block,
                                   y);
  }
  const MatrixView<float> pooled = worker.pooled.view(count, hidden());
  weights_.blocks.back().forward(x, ends, tree, worker.block, pooled);
  if (weights_.final_norm) layer_norm(pooled, *weights_.final_norm, pooled);
  Matrix vectors(count, dimension());
  project(pooled, weights_.head, weights_.head_activation, worker, vectors.view());
  finish_vectors(finish_, vectors.view());
  return vectors;
}

}  // namespace puente
