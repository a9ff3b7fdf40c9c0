// GGUF files, version 3, for the tests and benchmarks; formats/gguf.h has the layout. The header
// is written at once and then the weights in any pieces, so that no tensor need be in memory whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "formats/ggml_type.h"
#include "formats/gguf_metadata.h"

namespace puente {

/// The metadata, in the order in which they are added.
class GgufPairs {
 public:
  void text(std::string_view key, std::string_view value);
  void u32(std::string_view key, uint32_t value);
  void f32(std::string_view key, float value);
  void flag(std::string_view key, bool value);
  void texts(std::string_view key, std::span<const std::string> values);
  void f32s(std::string_view key, std::span<const float> values);
  void i32s(std::string_view key, std::span<const int32_t> values);
  /// As it is in another file.
  void value(std::string_view key, const GgufValue& value);

  uint64_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }

 private:
  void begin(std::string_view key, GgufType type);
  void begin_array(std::string_view key, GgufType item, size_t count);

  std::string bytes_;
  uint64_t count_ = 0;
};

struct GgufTensorSpec {
  std::string name;
  GgmlType type = GgmlType::kF32;
  std::vector<int64_t> shape;  // row-major
};

class GgufWriter {
 public:
  GgufWriter(const std::filesystem::path& path, const GgufPairs& pairs,
             std::span<const GgufTensorSpec> tensors);
  /// The next bytes of the tensor that is being written, not of two; tensors come in the order in
  /// which they were given.
  void write(std::span<const std::byte> bytes);
  /// All bytes must have been written. The file appears under its name.
  void commit();

 private:
  void skip_empty();

  AtomicFile file_;
  std::vector<int64_t> missing_;  // bytes still to come of each tensor
  size_t current_ = 0;
  int64_t written_ = 0;  // of the weights and their padding
};

}  // namespace puente
