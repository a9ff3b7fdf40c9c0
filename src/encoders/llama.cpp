#include "encoders/llama.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/resources.h"
#include "encoders/architectures.h"
#include "encoders/llama_checkpoint.h"
#include "tensor/elementwise.h"
#include "text/token_tree.h"

namespace puente {
namespace {

Pool pool_of(const std::filesystem::path& path, std::optional<Pool> asked) {
  if (!asked || *asked == Pool::last || *asked == Pool::mean) return asked.value_or(Pool::last);
  fail("{}: a LLaMA has no vector --text-pool {}; it has last, mean", path.string(),
       name_of(*asked));
}

/// From the first token to the last, node `end`.
std::vector<RowRange> nodes_of_text(const TokenTree& tree, int32_t end) {
  const int32_t segment = tree.segment_of(end);
  std::vector<RowRange> ranges;
  tree.rows_above(segment, ranges);
  const TreeSegment& own = tree.segments()[static_cast<size_t>(segment)];
  ranges.push_back({own.first, end - own.first + 1});
  return ranges;
}

TokenTree tree_of(const TreePart& part, std::span<const TokenizedText> texts) {
  std::vector<std::span<const int32_t>> ids;
  for (const int32_t text : part.texts) {
    const TokenizedText& tokens = texts[static_cast<size_t>(text)];
    ids.push_back(std::span(tokens.ids).first(static_cast<size_t>(tokens.length)));
  }
  return TokenTree{std::span<const std::span<const int32_t>>(ids)};
}

std::string gigabytes(int64_t bytes) {
  return fmt::format("{:.2f} GB", static_cast<double>(bytes) / 1e9);
}

}  // namespace

LlamaEncoder::LlamaEncoder(const std::filesystem::path& path, const EncoderSettings& settings)
    : file_(path),
      tokenizer_(file_.tokenizer()),
      precision_(settings.precision),
      pool_(pool_of(path, settings.text_pool)),
      finish_{path, "text", settings.normalise} {}

TokenizedText LlamaEncoder::tokenize(std::string_view text, Truncate truncate) const {
  return tokenizer_->encode(text, max_tokens(), truncate);
}

int64_t LlamaEncoder::weight_bytes() const { return llama_memory(file_, precision_, 1).weights; }

int64_t LlamaEncoder::batch_tokens() const { return kMostRows; }

double LlamaEncoder::flop(int64_t tokens) const {
  const LlamaConfig& c = file_.config();
  const auto weights = static_cast<double>(c.attention_weights() + c.mlp_weights());
  const auto n = static_cast<double>(tokens);
  // Each token attends to those before it: half of all pairs.
  const double attention = n * n * 2 * static_cast<double>(c.query_size());
  return static_cast<double>(c.layers) * (2 * n * weights + attention);
}

void LlamaEncoder::encode(EncoderWorker&, std::span<const TokenizedText> texts,
                          MatrixView<float> vectors) const {
  Silent silent;
  encode_all(
      texts, {},
      [&](int64_t first, MatrixView<const float> some) {
        for (int64_t i = 0; i < some.rows; ++i) {
          std::copy_n(some.row(i), some.cols, vectors.row(first + i));
        }
      },
      silent);
}

/// How many nodes' states there is room for. UserError if not even the longest text's.
int64_t LlamaEncoder::most_nodes(const TokenTree& tree, const TextWork& work) const {
  const LlamaMemory need = llama_memory(file_, precision_, work.threads);
  const int64_t memory = work.memory > 0 ? work.memory : available_memory_bytes();
  const int64_t nodes = (memory - need.fixed) / need.per_node;
  const int64_t longest = std::max<int64_t>(1, tree.counts().longest_text);
  if (nodes < longest) {
    fail(
        "{}: the longest text ({} tokens) needs {}, and {} {}; give --memory at least that, or "
        "--precision int8, or shorter texts",
        file_.path().string(), longest, gigabytes(need.fixed + longest * need.per_node),
        gigabytes(memory), work.memory > 0 ? "are allowed" : "are free");
  }
  return nodes;
}

TextPlan LlamaEncoder::plan_of(const TokenTree& tree, std::span<const TreePart> parts,
                               int threads) const {
  const TreeCounts& counts = tree.counts();
  TextPlan plan;
  plan.tokens = counts.tokens;
  plan.different_tokens = counts.different_tokens;
  plan.nodes = total_nodes(parts);
  plan.passes = static_cast<int64_t>(parts.size());
  const LlamaMemory need = llama_memory(file_, precision_, threads);
  int64_t largest = 0;
  for (const TreePart& part : parts) largest = std::max(largest, part.nodes);
  plan.memory = need.fixed + largest * need.per_node;
  // A token's products are those of a text of one; its attention is about that of its depth.
  const auto nodes = static_cast<double>(plan.nodes);
  double pairs = 0;
  for (const int32_t depth : tree.depths()) pairs += depth + 1;
  plan.flop = nodes * flop(1) + pairs * 4 * static_cast<double>(file_.config().query_size()) *
                                    static_cast<double>(file_.config().layers);
  return plan;
}

TextPlan LlamaEncoder::plan(std::span<const TokenizedText> texts, const TextWork& work) const {
  const TokenTree tree(texts);
  return plan_of(tree, split_tree(tree, most_nodes(tree, work)), work.threads);
}

double LlamaEncoder::estimate_seconds(const TextPlan& plan, int threads) const {
  const double weights = static_cast<double>(file_.config().layers * plan.passes) *
                         llama_load_seconds(file_, precision_, threads);
  return weights + plan.flop / llama_product_rate(precision_, threads);
}

/// The vector of the text that ends at node `end`, from the states after the last layer.
void LlamaEncoder::pool(const LlamaTree& states, const TokenTree& tree, int32_t end,
                        std::span<float> vector) const {
  const int64_t c = file_.config().hidden;
  const RmsNorm& norm = states.final_norm();
  if (end < 0) fail("{}: a text of no tokens has no vector", file_.path().string());
  if (pool_ == Pool::last) {
    rms_norm({states.last_state(end).data(), 1, c, c}, norm, {vector.data(), 1, c, c});
    return;
  }
  const std::vector<RowRange> ranges = nodes_of_text(tree, end);
  Matrix normalised(tree.depths()[static_cast<size_t>(end)] + 1, c);
  int64_t done = 0;
  for (const RowRange& range : ranges) {
    rms_norm({states.last_state(range.first).data(), range.count, c, c}, norm,
             {normalised.row(done), range.count, c, c});
    done += range.count;
  }
  mean_of_rows(normalised, vector);
}

/// All layers for one tree: the vectors of its texts. Takes up what an interrupted run has left.
Matrix LlamaEncoder::run_pass(size_t pass, const TokenTree& tree, const TextWork& work,
                              Progress& progress) const {
  const std::string vectors_as =
      fmt::format("{} {}", name_of(pool_), finish_.normalise ? "normalised" : "");
  LlamaCheckpoint checkpoint(work.checkpoint, pass,
                             checkpoint_key(file_, tree, precision_, vectors_as),
                             work.checkpoint_seconds);
  const int64_t layers = file_.config().layers;
  std::optional<LlamaCheckpoint::Stage> stage = checkpoint.load();
  if (stage) progress.advance(stage->layer * tree.nodes());
  if (stage && stage->layer == layers) return std::move(stage->rows);
  LlamaTree states(file_, tree, pool_ == Pool::last ? different_ends(tree) : std::vector<int32_t>(),
                   precision_, work.threads);
  if (stage) {
    progress.note(fmt::format("going on after layer {} of {}", stage->layer, layers));
    states.resume(stage->layer, std::move(stage->rows));
  }
  while (states.layer() < layers) {
    file_.check_unchanged();
    states.next_layer([&](int64_t nodes) { progress.advance(nodes); });
    if (states.layer() < layers) checkpoint.save_sometimes(states.layer(), states.states());
  }
  Matrix vectors(static_cast<int64_t>(tree.ends().size()), dimension());
  for (int64_t i = 0; i < vectors.rows(); ++i) {
    pool(states, tree, tree.ends()[static_cast<size_t>(i)], vectors.row_span(i));
  }
  finish_vectors(finish_, vectors.view());
  checkpoint.save(layers, vectors);
  return vectors;
}

/// The state at position() of the text that ends at node `end`, from those of all nodes.
void LlamaEncoder::pool_position(MatrixView<const float> states, const TokenTree& tree, int32_t end,
                                 std::span<float> pooled) const {
  if (end < 0) fail("{}: a text of no tokens has no vector", file_.path().string());
  if (pool_ == Pool::last) {
    std::copy_n(states.row(end), states.cols, pooled.data());
    return;
  }
  const std::vector<RowRange> ranges = nodes_of_text(tree, end);
  Matrix own(tree.depths()[static_cast<size_t>(end)] + 1, states.cols);
  int64_t done = 0;
  for (const RowRange& range : ranges) {
    for (int64_t i = 0; i < range.count; ++i, ++done) {
      std::copy_n(states.row(range.first + i), states.cols, own.row(done));
    }
  }
  mean_of_rows(own, pooled);
}

void LlamaEncoder::layer_states(std::span<const TokenizedText> texts, int threads,
                                const ReceiveStates& receive) const {
  if (texts.empty()) return;
  const TokenTree whole(texts);
  for (const TreePart& part : split_tree(whole, most_nodes(whole, {.threads = threads}))) {
    const TokenTree tree = tree_of(part, texts);
    LlamaTree states(file_, tree, {}, precision_, threads);
    Matrix pooled(1, dimension());
    const auto show = [&](int64_t layer, const auto& pool_end) {
      for (size_t i = 0; i < part.texts.size(); ++i) {
        pool_end(tree.ends()[i], pooled.row_span(0));
        if (layer > layers()) finish_vectors(finish_, pooled.view());
        receive(layer, part.texts[i], pooled);
      }
    };
    for (int64_t layer = 0; layer <= layers(); ++layer) {
      if (layer > 0) states.next_layer([](int64_t) {});
      show(layer, [&](int32_t end, std::span<float> state) {
        pool_position(states.states(), tree, end, state);
      });
    }
    show(layers() + 1,
         [&](int32_t end, std::span<float> vector) { pool(states, tree, end, vector); });
  }
}

TextPlan LlamaEncoder::encode_all(std::span<const TokenizedText> texts, const TextWork& work,
                                  const Receive& receive, Progress& progress) const {
  if (texts.empty()) return {};
  const TokenTree whole(texts);
  const std::vector<TreePart> parts = split_tree(whole, most_nodes(whole, work));
  const int64_t layers = file_.config().layers;
  progress.begin("encoding texts", "token layers", total_nodes(parts) * layers);
  for (size_t p = 0; p < parts.size(); ++p) {
    const TokenTree tree = tree_of(parts[p], texts);
    const Matrix vectors = run_pass(p, tree, work, progress);
    for (size_t i = 0; i < parts[p].texts.size(); ++i) {
      receive(parts[p].texts[i],
              {vectors.row(static_cast<int64_t>(i)), 1, vectors.cols(), vectors.cols()});
    }
  }
  progress.end();
  return plan_of(whole, parts, work.threads);
}

}  // namespace puente
