#include "demo/llama_weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/error.h"
#include "base/rng.h"
#include "demo/narrow.h"
#include "demo/outliers.h"
#include "formats/dequantise.h"

namespace puente {
namespace {

constexpr size_t kDraws = LlamaRows::kDraws;
constexpr int64_t kBlock = 32;
constexpr size_t kBlockBytes = 34;
constexpr double kQuantDeviation = 40;   // 127 is more than three deviations
constexpr double kScaleDeviation = 0.3;  // of the logarithm of a block's scale
constexpr uint64_t kOutlierStream = ~uint64_t{0};

/// The x below which a standard normal number lies with probability p.
double normal_quantile(double p) {
  double low = -10, high = 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < p ? low : high) = middle;
  }
  return low;
}

/// As many standard normal numbers as there are draws, each as likely as any other.
const std::array<double, kDraws>& normal_numbers() {
  static const std::array<double, kDraws> numbers = [] {
    std::array<double, kDraws> all;
    for (size_t i = 0; i < kDraws; ++i) {
      all[i] = normal_quantile((static_cast<double>(i) + 0.5) / kDraws);
    }
    return all;
  }();
  return numbers;
}

/// Numbers of 12 bits, five from each word of the generator: a fifth of its time.
class Draws {
 public:
  Draws(uint64_t seed, uint64_t stream) : rng_(seed, stream) {}
  size_t next() {
    if (left_ == 0) {
      word_ = rng_.next() >> 4;
      left_ = 5;
    }
    --left_;
    const size_t draw = word_ % kDraws;
    word_ /= kDraws;
    return draw;
  }

 private:
  Rng rng_;
  uint64_t word_ = 0;
  int left_ = 0;
};

std::vector<int64_t> drawn_channels(int64_t channels, Rng& rng) {
  const auto wanted = static_cast<size_t>(std::max<int64_t>(1, channels / kChannelsPerOutlier));
  std::vector<int64_t> drawn;
  while (drawn.size() < wanted) {
    const auto channel = static_cast<int64_t>(rng.below(static_cast<uint64_t>(channels)));
    if (std::ranges::find(drawn, channel) == drawn.end()) drawn.push_back(channel);
  }
  return drawn;
}

class List {
 public:
  explicit List(const LlamaShape& shape) : s_(shape) {}

  LlamaTensor& matrix(std::string gguf, std::string folder, int64_t out, int64_t in) {
    tensors_.push_back({.gguf = std::move(gguf) + ".weight",
                        .folder = std::move(folder) + ".weight",
                        .shape = {out, in},
                        .deviation = s_.deviation});
    return tensors_.back();
  }
  LlamaTensor& norm(std::string gguf, std::string folder) {
    tensors_.push_back({.gguf = std::move(gguf) + ".weight",
                        .folder = std::move(folder) + ".weight",
                        .shape = {s_.hidden}});
    return tensors_.back();
  }
  /// What goes into each linear layer has channels that are larger: by the gains of the norms
  /// before it, or by the rows of v (attn_output's inputs) and up (ffn_down's).
  void layer(int64_t number) {
    const std::string gguf = fmt::format("blk.{}.", number);
    const std::string folder = fmt::format("model.layers.{}.", number);
    const std::string attention = folder + "self_attn.", mlp = folder + "mlp.";
    const int64_t query = s_.heads * s_.head_size();
    const int64_t key_value = s_.key_value_heads * s_.head_size();
    norm(gguf + "attn_norm", folder + "input_layernorm").outliers = true;
    matrix(gguf + "attn_q", attention + "q_proj", query, s_.hidden).turned_heads = s_.heads;
    matrix(gguf + "attn_k", attention + "k_proj", key_value, s_.hidden).turned_heads =
        s_.key_value_heads;
    matrix(gguf + "attn_v", attention + "v_proj", key_value, s_.hidden).outliers = true;
    matrix(gguf + "attn_output", attention + "o_proj", s_.hidden, query);
    norm(gguf + "ffn_norm", folder + "post_attention_layernorm").outliers = true;
    matrix(gguf + "ffn_gate", mlp + "gate_proj", s_.mlp, s_.hidden);
    matrix(gguf + "ffn_up", mlp + "up_proj", s_.mlp, s_.hidden).outliers = true;
    matrix(gguf + "ffn_down", mlp + "down_proj", s_.hidden, s_.mlp);
  }
  std::vector<LlamaTensor> take() { return std::move(tensors_); }

 private:
  const LlamaShape& s_;
  std::vector<LlamaTensor> tensors_;
};

}  // namespace

int64_t LlamaTensor::gguf_row(int64_t row) const {
  if (turned_heads == 0) return row;
  const int64_t size = rows() / turned_heads, pairs = size / 2;
  const int64_t head = row / size, in_head = row % size;
  return head * size + 2 * (in_head % pairs) + in_head / pairs;
}

std::vector<LlamaTensor> llama_tensors(const LlamaShape& shape, int64_t vocabulary) {
  List list(shape);
  list.matrix("token_embd", "model.embed_tokens", vocabulary, shape.hidden);
  for (int64_t i = 0; i < shape.layers; ++i) list.layer(i);
  list.norm("output_norm", "model.norm");
  list.matrix("output", "lm_head", vocabulary, shape.hidden);
  return list.take();
}

LlamaRows::LlamaRows(const LlamaTensor& tensor, size_t place, const RandomEncoderOptions& options)
    : tensor_(tensor), place_(place), seed_(options.seed), gain_noise_(options.bias_noise) {
  for (size_t i = 0; i < kDraws; ++i) {
    const double x = normal_numbers()[i];
    quants_[i] = static_cast<int8_t>(std::clamp(std::round(kQuantDeviation * x), -127.0, 127.0));
    const double scale = tensor.deviation / kQuantDeviation * std::exp(kScaleDeviation * x);
    scales_[i] = float_to_half(static_cast<float>(scale));
    enlarged_scales_[i] = float_to_half(static_cast<float>(scale) * kOutlier);
  }
  if (options.outliers && tensor.outliers) {
    // Trained networks have them in the same channels of all layers.
    Rng rng(options.seed, kOutlierStream);
    enlarged_ = drawn_channels(tensor.shape.front(), rng);
  }
}

uint64_t LlamaRows::stream(int64_t row) const {
  return (static_cast<uint64_t>(place_) << 32) + static_cast<uint64_t>(row);
}

bool LlamaRows::enlarged(int64_t channel) const {
  return std::ranges::find(enlarged_, channel) != enlarged_.end();
}

void LlamaRows::blocks(int64_t row, std::span<std::byte> out) const {
  PUENTE_ASSERT(tensor_.in_blocks());
  PUENTE_ASSERT(out.size() == static_cast<size_t>(tensor_.row_size() / kBlock) * kBlockBytes);
  const auto& scales = enlarged(row) ? enlarged_scales_ : scales_;
  Draws draws(seed_, stream(row));
  for (std::byte* block = out.data(); block != out.data() + out.size(); block += kBlockBytes) {
    std::memcpy(block, &scales[draws.next()], sizeof scales[0]);
    for (size_t i = sizeof scales[0]; i < kBlockBytes; ++i) {
      block[i] = static_cast<std::byte>(quants_[draws.next()]);
    }
  }
}

void LlamaRows::floats(int64_t row, std::span<float> out) const {
  PUENTE_ASSERT(static_cast<int64_t>(out.size()) == tensor_.row_size());
  if (tensor_.in_blocks()) {
    std::vector<std::byte> packed(out.size() / kBlock * kBlockBytes);
    blocks(row, packed);
    return dequantise(GgmlType::kQ8_0, packed, out);
  }
  const bool gains = tensor_.shape.size() == 1;
  const double mean = gains ? 1 : 0, deviation = gains ? gain_noise_ : tensor_.deviation;
  Rng rng(seed_, stream(row));
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(mean + (deviation > 0 ? deviation * rng.normal() : 0));
    if (enlarged(gains ? static_cast<int64_t>(i) : row)) out[i] *= kOutlier;
  }
}

}  // namespace puente
