// LlamaFile: a LLaMA's weights on disk, from a GGUF file or a Hugging Face folder, and how a layer
// of them comes into memory. Matrices are packed when they are asked for, on all cores, and their
// pages are given back to the kernel: one layer at a time is in memory, whatever the file's size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "puente/matrix.h"

#include "encoders/llama_config.h"
#include "formats/gguf.h"
#include "formats/safetensors.h"
#include "tensor/linear.h"
#include "tensor/rms_norm.h"
#include "text/tokenizer.h"

namespace puente {

/// By its name: *.gguf.
bool is_gguf(const std::filesystem::path& path);

enum class LlamaMatrix { query, key, value, out, gate, up, down };
enum class LlamaNorm { attention, mlp };

class LlamaFile {
 public:
  /// A .gguf file, or a folder with config.json and safetensors. UserError where something is
  /// missing or damaged or of another kind; all tensors' shapes are checked here.
  explicit LlamaFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const LlamaConfig& config() const { return config_; }
  /// Of the tensors of one layer, on disk.
  int64_t layer_bytes() const;
  std::unique_ptr<const Tokenizer> tokenizer() const;
  /// Of the weights, for recognising them.
  std::string fingerprint() const;
  /// UserError if a file was changed since it was opened.
  void check_unchanged() const;
  /// The model was made by puente_make_encoder and says so.
  bool untrained() const { return untrained_; }

  /// The rows of the token embeddings: x [ids, C].
  void embed(std::span<const int32_t> ids, MatrixView<float> x) const;
  RmsNorm norm(int64_t layer, LlamaNorm which) const;
  RmsNorm final_norm() const;
  /// Packed on `threads` cores. Queries and keys turn by halves (tensor/rope.h), however the file
  /// has them.
  PackedLinear matrix(int64_t layer, LlamaMatrix which, Packing packing, int threads) const;
  /// From a state to the logits of the next token, for tests: [C -> V].
  PackedLinear logits(int threads) const;
  /// Has the kernel fetch a layer while another is computed.
  void fetch_ahead(int64_t layer) const;

 private:
  /// One matrix of floats or blocks, its rows in the file's order.
  struct Rows {
    std::string name;
    const GgufTensor* blocks = nullptr;
    const TensorInfo* plain = nullptr;
    int64_t rows = 0;
    int64_t cols = 0;
    /// Heads whose rows stand in pairs of neighbours, not of halves; 0: none.
    int64_t paired_heads = 0;

    int64_t place(int64_t row) const;
    std::span<const std::byte> bytes(int64_t row) const;
  };

  bool is_gguf() const { return std::holds_alternative<GgufFile>(file_); }
  std::string name_of(int64_t layer, LlamaMatrix which) const;
  std::string name_of(int64_t layer, LlamaNorm which) const;
  Rows find(const std::string& name, int64_t rows, int64_t cols) const;
  Rows find(int64_t layer, LlamaMatrix which) const;
  void read(const Rows& from, int64_t first, MatrixView<float> to) const;
  void read(const Rows& from, int64_t first, MatrixView<int8_t> quants,
            MatrixView<float> scales) const;
  [[noreturn]] void refuse(const Rows& rows, int64_t row) const;
  void release(const Rows& rows) const;
  RmsNorm norm(const std::string& name) const;
  PackedLinear pack(const Rows& rows, Packing packing, int threads) const;
  void check() const;

  std::filesystem::path path_;
  std::variant<GgufFile, Checkpoint> file_;
  std::string prefix_;  // of a folder's tensors: "model." or nothing
  LlamaConfig config_;
  bool untrained_ = false;
};

}  // namespace puente
