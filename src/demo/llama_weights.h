// Seeded random weights of a LLaMA: which tensors there are under both their names, and their rows.
// The weights of a matrix whose rows are whole blocks are drawn as Q8_0 blocks, and the floats of a
// checkpoint are those blocks dequantised: a GGUF and a folder of one seed hold the same numbers.
//
// Letters: D head size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "demo/random_weights.h"

namespace puente {

struct LlamaShape {
  std::string_view name;
  int64_t layers, hidden, heads, key_value_heads, mlp;
  int64_t vocabulary;  // 0: as many as there are pieces
  int64_t context;
  double deviation;           // of the weights
  bool third = false;         // a LLaMA-3.1: byte-level BPE, rotations that are stretched
  int64_t own_head_size = 0;  // 0: hidden / heads

  int64_t head_size() const { return own_head_size > 0 ? own_head_size : hidden / heads; }
};

struct LlamaTensor {
  std::string gguf, folder;  // its names
  std::vector<int64_t> shape;
  double deviation = 0;  // 0: a norm's gains
  /// Heads whose rows turn in pairs: rows 2 i and 2 i + 1 of a head in a GGUF, i and i + D/2 in a
  /// folder. 0: the rows are the same in both.
  int64_t turned_heads = 0;
  /// With options.outliers, 0.1 % of its channels (at least one) are 50 times larger.
  bool outliers = false;

  int64_t row_size() const { return shape.back(); }
  int64_t rows() const { return shape.size() == 1 ? 1 : shape.front(); }
  bool in_blocks() const { return shape.size() == 2 && row_size() % 32 == 0; }
  /// The row of the GGUF that is row `row` of the folder's tensor.
  int64_t gguf_row(int64_t row) const;
};

/// In the order in which they are drawn and, in a GGUF, written.
std::vector<LlamaTensor> llama_tensors(const LlamaShape& shape, int64_t vocabulary);

/// The rows of one tensor as a GGUF has them. Each is drawn by itself, from the seed, the tensor's
/// place in the list and the row.
class LlamaRows {
 public:
  static constexpr size_t kDraws = 4096;  // entries of a table that is drawn from

  LlamaRows(const LlamaTensor& tensor, size_t place, const RandomEncoderOptions& options);

  /// Of a tensor in blocks: row_size() / 32 blocks of Q8_0. Quants are normal; the deviation of a
  /// block is log-normal around the tensor's.
  void blocks(int64_t row, std::span<std::byte> out) const;
  /// row_size() floats, of any tensor.
  void floats(int64_t row, std::span<float> out) const;

 private:
  uint64_t stream(int64_t row) const;
  bool enlarged(int64_t channel) const;

  const LlamaTensor& tensor_;
  size_t place_;
  uint64_t seed_;
  double gain_noise_;
  std::array<int8_t, kDraws> quants_;
  std::array<uint16_t, kDraws> scales_;           // halves
  std::array<uint16_t, kDraws> enlarged_scales_;  // 50 times larger
  std::vector<int64_t> enlarged_;                 // channels
};

}  // namespace puente
