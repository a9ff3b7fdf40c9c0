#include "encoders/llama_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/threads.h"
#include "formats/dequantise.h"
#include "tensor/elementwise.h"
#include "text/load_llama_tokenizer.h"

namespace puente {
namespace {

constexpr std::array kMatrices = {LlamaMatrix::query, LlamaMatrix::key,  LlamaMatrix::value,
                                  LlamaMatrix::out,   LlamaMatrix::gate, LlamaMatrix::up,
                                  LlamaMatrix::down};
constexpr std::array kGgufNames = {"attn_q",   "attn_k", "attn_v",  "attn_output",
                                   "ffn_gate", "ffn_up", "ffn_down"};
constexpr std::array kFolderNames = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                     "self_attn.o_proj", "mlp.gate_proj",    "mlp.up_proj",
                                     "mlp.down_proj"};
constexpr std::array kGgufNorms = {"attn_norm", "ffn_norm"};
constexpr std::array kFolderNorms = {"input_layernorm", "post_attention_layernorm"};

// Rows that one core packs before it takes the next ones: whole panels.
constexpr int64_t kPackedRows = 4 * kPanelWidth;

/// Rows on their way from the file into a packed matrix.
class RowBuffer {
 public:
  MatrixView<float> floats(int64_t rows, int64_t cols) { return view(floats_, rows, cols); }
  MatrixView<int8_t> quants(int64_t rows, int64_t cols) { return view(quants_, rows, cols); }

 private:
  template <class T>
  static MatrixView<T> view(AlignedVector<T>& values, int64_t rows, int64_t cols) {
    values.resize(std::max(values.size(), static_cast<size_t>(rows * cols)));
    return {values.data(), rows, cols, cols};
  }

  AlignedVector<float> floats_;
  AlignedVector<int8_t> quants_;
};

std::variant<GgufFile, Checkpoint> open(const std::filesystem::path& path) {
  if (puente::is_gguf(path)) return GgufFile(path);
  return Checkpoint(path);
}

}  // namespace

bool is_gguf(const std::filesystem::path& path) { return path.extension() == ".gguf"; }

LlamaFile::LlamaFile(const std::filesystem::path& path) : path_(path), file_(open(path)) {
  if (const auto* gguf = std::get_if<GgufFile>(&file_)) {
    config_ = read_llama_config(*gguf);
    untrained_ = gguf->metadata().find_flag("puente.untrained").value_or(false);
  } else {
    const ConfigSection config = ConfigSection::read(path);
    config_ = read_llama_config(config);
    untrained_ = config.flag("puente_untrained", false);
    if (std::get<Checkpoint>(file_).find("model.embed_tokens.weight")) prefix_ = "model.";
  }
  check();
}

/// That every tensor is there, in its shape.
void LlamaFile::check() const {
  find(is_gguf() ? "token_embd" : prefix_ + "embed_tokens", config_.vocabulary, config_.hidden);
  find(is_gguf() ? "output_norm" : prefix_ + "norm", 1, config_.hidden);
  for (int64_t layer = 0; layer < config_.layers; ++layer) {
    for (const LlamaMatrix which : kMatrices) find(layer, which);
    find(name_of(layer, LlamaNorm::attention), 1, config_.hidden);
    find(name_of(layer, LlamaNorm::mlp), 1, config_.hidden);
  }
}

std::string LlamaFile::name_of(int64_t layer, LlamaMatrix which) const {
  const auto i = static_cast<size_t>(which);
  return is_gguf() ? fmt::format("blk.{}.{}", layer, kGgufNames[i])
                   : fmt::format("{}layers.{}.{}", prefix_, layer, kFolderNames[i]);
}

std::string LlamaFile::name_of(int64_t layer, LlamaNorm which) const {
  const auto i = static_cast<size_t>(which);
  return is_gguf() ? fmt::format("blk.{}.{}", layer, kGgufNorms[i])
                   : fmt::format("{}layers.{}.{}", prefix_, layer, kFolderNorms[i]);
}

/// rows 1: a vector.
LlamaFile::Rows LlamaFile::find(const std::string& name, int64_t rows, int64_t cols) const {
  Rows found{name + ".weight", nullptr, nullptr, rows, cols};
  std::vector<int64_t> shape = {rows, cols};
  if (rows == 1) shape.erase(shape.begin());
  if (const auto* gguf = std::get_if<GgufFile>(&file_)) {
    found.blocks = &gguf->tensor(found.name, shape);
  } else {
    found.plain = &std::get<Checkpoint>(file_).tensor(found.name, shape);
  }
  return found;
}

LlamaFile::Rows LlamaFile::find(int64_t layer, LlamaMatrix which) const {
  const std::string name = name_of(layer, which);
  const int64_t c = config_.hidden;
  switch (which) {
    case LlamaMatrix::query:
    case LlamaMatrix::key: {
      const int64_t heads = which == LlamaMatrix::query ? config_.heads : config_.key_value_heads;
      Rows rows = find(name, heads * config_.head_size, c);
      if (is_gguf()) rows.paired_heads = heads;
      return rows;
    }
    case LlamaMatrix::value:
      return find(name, config_.key_value_size(), c);
    case LlamaMatrix::out:
      return find(name, c, config_.query_size());
    case LlamaMatrix::gate:
    case LlamaMatrix::up:
      return find(name, config_.mlp, c);
    case LlamaMatrix::down:
      return find(name, c, config_.mlp);
  }
  PUENTE_ASSERT(false);
}

/// Where row `row` in the order of halves lies in the file.
int64_t LlamaFile::Rows::place(int64_t row) const {
  if (paired_heads == 0) return row;
  const int64_t half = rows / paired_heads / 2, in_head = row % (2 * half);
  return row - in_head + in_head % half * 2 + in_head / half;
}

/// A row's bytes in a GGUF.
std::span<const std::byte> LlamaFile::Rows::bytes(int64_t row) const {
  const auto size = static_cast<size_t>(blocks->row_bytes());
  return blocks->bytes.subspan(static_cast<size_t>(place(row)) * size, size);
}

void LlamaFile::refuse(const Rows& rows, int64_t row) const {
  fail("{}: tensor {} holds NaN or infinity (row {}); download the file again", path_.string(),
       rows.name, rows.place(row));
}

/// Rows first .. first + to.rows in the order of halves, as finite floats.
void LlamaFile::read(const Rows& from, int64_t first, MatrixView<float> to) const {
  for (int64_t i = 0; i < to.rows; ++i) {
    const std::span<float> out = to.row_span(i);
    if (from.blocks != nullptr) {
      dequantise(from.blocks->type, from.bytes(first + i), out);
    } else {
      to_float(*from.plain, from.place(first + i) * from.cols, out);
    }
    if (first_not_finite(out) >= 0) refuse(from, first + i);
  }
}

/// The same of a Q8_0 tensor, in its blocks.
void LlamaFile::read(const Rows& from, int64_t first, MatrixView<int8_t> quants,
                     MatrixView<float> scales) const {
  constexpr size_t kScaleBytes = sizeof(uint16_t);
  for (int64_t i = 0; i < quants.rows; ++i) {
    const std::byte* block = from.bytes(first + i).data();
    for (int64_t b = 0; b < scales.cols; ++b, block += kScaleBytes + kBlockDepth) {
      uint16_t scale;
      std::memcpy(&scale, block, kScaleBytes);
      scales.row(i)[b] = half_to_float(scale);
      std::memcpy(quants.row(i) + b * kBlockDepth, block + kScaleBytes, kBlockDepth);
    }
    if (first_not_finite(scales.row_span(i)) >= 0) refuse(from, first + i);
  }
}

void LlamaFile::release(const Rows& rows) const {
  if (rows.blocks != nullptr) {
    std::get<GgufFile>(file_).release(*rows.blocks);
  } else {
    std::get<Checkpoint>(file_).release(*rows.plain);
  }
}

int64_t LlamaFile::layer_bytes() const {
  int64_t bytes = 0;
  for (const LlamaMatrix which : kMatrices) {
    const Rows rows = find(0, which);
    bytes += static_cast<int64_t>(rows.blocks != nullptr ? rows.blocks->bytes.size()
                                                         : rows.plain->bytes.size());
  }
  return bytes;
}

std::unique_ptr<const Tokenizer> LlamaFile::tokenizer() const {
  const auto* gguf = std::get_if<GgufFile>(&file_);
  std::unique_ptr<const Tokenizer> tokenizer =
      gguf != nullptr ? load_llama_tokenizer(*gguf) : load_llama_tokenizer(path_);
  if (tokenizer->vocabulary_size() > config_.vocabulary) {
    fail("{}: the tokenizer has {} tokens, the model {}: they do not belong together",
         path_.string(), tokenizer->vocabulary_size(), config_.vocabulary);
  }
  return tokenizer;
}

std::string LlamaFile::fingerprint() const {
  std::string all = is_gguf() ? "" : sha256_file(path_ / "config.json").hex();
  for (const std::filesystem::path& file :
       std::visit([](const auto& weights) { return weights.files(); }, file_)) {
    all += sampled_sha256_file(file).hex();
  }
  return sha256(all).hex();
}

void LlamaFile::check_unchanged() const {
  std::visit([](const auto& file) { file.check_unchanged(); }, file_);
}

void LlamaFile::embed(std::span<const int32_t> ids, MatrixView<float> x) const {
  const Rows rows =
      find(is_gguf() ? "token_embd" : prefix_ + "embed_tokens", config_.vocabulary, config_.hidden);
  for (size_t i = 0; i < ids.size(); ++i) {
    PUENTE_ASSERT(ids[i] >= 0 && ids[i] < config_.vocabulary);
    read(rows, ids[i], {x.row(static_cast<int64_t>(i)), 1, x.cols, x.stride});
  }
  release(rows);
}

RmsNorm LlamaFile::norm(const std::string& name) const {
  const Rows rows = find(name, 1, config_.hidden);
  RmsNorm norm{AlignedVector<float>(static_cast<size_t>(config_.hidden)), config_.epsilon};
  read(rows, 0, {norm.gamma.data(), 1, config_.hidden, config_.hidden});
  return norm;
}

RmsNorm LlamaFile::norm(int64_t layer, LlamaNorm which) const {
  return norm(name_of(layer, which));
}

RmsNorm LlamaFile::final_norm() const { return norm(is_gguf() ? "output_norm" : prefix_ + "norm"); }

PackedLinear LlamaFile::pack(const Rows& rows, Packing packing, int threads) const {
  PackedLinear linear(rows.cols, rows.rows, packing);
  // Blocks of eight bits are taken as they are; all else comes as floats.
  const bool as_it_is = packing == Packing::int8_blocks && rows.blocks != nullptr &&
                        rows.blocks->type == GgmlType::kQ8_0;
  std::vector<RowBuffer> buffers(static_cast<size_t>(threads));
  parallel_for((rows.rows + kPackedRows - 1) / kPackedRows, threads, [&](int64_t item, int worker) {
    RowBuffer& buffer = buffers[static_cast<size_t>(worker)];
    const int64_t first = item * kPackedRows;
    const int64_t count = std::min(kPackedRows, rows.rows - first);
    if (as_it_is) {
      const MatrixView<int8_t> quants = buffer.quants(count, rows.cols);
      const MatrixView<float> scales = buffer.floats(count, rows.cols / kBlockDepth);
      read(rows, first, quants, scales);
      linear.set_quantised(first, quants, scales);
    } else {
      const MatrixView<float> floats = buffer.floats(count, rows.cols);
      read(rows, first, floats);
      linear.set_weight(first, floats);
    }
  });
  release(rows);
  return linear;
}

PackedLinear LlamaFile::matrix(int64_t layer, LlamaMatrix which, Packing packing,
                               int threads) const {
  return pack(find(layer, which), packing, threads);
}

PackedLinear LlamaFile::logits(int threads) const {
  const bool gguf = is_gguf();
  const char* own = gguf ? "output" : "lm_head";
  const bool tied = gguf ? !std::get<GgufFile>(file_).find("output.weight")
                         : !std::get<Checkpoint>(file_).find("lm_head.weight");
  const std::string shared = gguf ? "token_embd" : prefix_ + "embed_tokens";
  return pack(find(tied ? shared : own, config_.vocabulary, config_.hidden), Packing::fp32,
              threads);
}

void LlamaFile::fetch_ahead(int64_t layer) const {
  for (const LlamaMatrix which : kMatrices) {
    const Rows rows = find(layer, which);
    if (rows.blocks != nullptr) {
      std::get<GgufFile>(file_).fetch(*rows.blocks);
    } else {
      std::get<Checkpoint>(file_).fetch(*rows.plain);
    }
  }
}

}  // namespace puente
