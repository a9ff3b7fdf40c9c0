// What a tensor in a file is: its element type, its shape and where its bytes lie. Shared by the
// formats that hold tensors; borrows from the file that it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

enum class DType : uint8_t {
  kBool,
  kU8,
  kI8,
  kF8E4M3,
  kF8E5M2,
  kU16,
  kI16,
  kF16,
  kBF16,
  kU32,
  kI32,
  kF32,
  kU64,
  kI64,
  kF64,
};

/// Bytes per element.
int64_t element_size(DType dtype);
/// As safetensors spells it: "F32", "BF16", "I64".
std::string_view dtype_name(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);

/// Product of the sizes; nothing for a negative size, or where the product overflows 63 bits.
std::optional<int64_t> element_count(std::span<const int64_t> shape);
/// "[768, 3, 32, 32]"
std::string shape_text(std::span<const int64_t> shape);

struct TensorInfo {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;        // row-major; empty for a scalar
  std::span<const std::byte> bytes;  // into the mapping; may be unaligned
  std::string source;                // the file it lies in, for messages

  int64_t elements() const { return static_cast<int64_t>(bytes.size()) / element_size(dtype); }
};

/// Elements as floats, in order; exact for F16 and BF16, rounded to nearest for F64. UserError for
/// other types. out.size() must be tensor.elements().
void to_float(const TensorInfo& tensor, std::span<float> out);
/// The part of the elements that begins at `first`.
void to_float(const TensorInfo& tensor, int64_t first, std::span<float> out);

float half_to_float(uint16_t bits);
float bfloat16_to_float(uint16_t bits);

}  // namespace puente
