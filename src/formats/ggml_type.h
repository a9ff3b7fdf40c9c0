// The element types of GGUF tensors. All but the plain floats come in blocks: a few weights of one
// row share a scale. What the bytes of a block mean is the business of dequantise.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace puente {

/// Those that puente reads.
enum class GgmlType : uint8_t { kF32, kF16, kBF16, kQ8_0, kQ4_0, kQ4_K, kQ5_K, kQ6_K };

/// As ggml spells it: "F32", "Q4_K".
std::string_view ggml_type_name(GgmlType type);
/// "F32, F16, ...": all that there are, for messages.
std::string ggml_type_names();

/// Weights in a block: 1, 32 or 256. The size of a row is a multiple of it.
int64_t block_size(GgmlType type);
/// Bytes of a block.
int64_t block_bytes(GgmlType type);
/// Bytes of a tensor of that shape, whose rows (its last size) are a multiple of block_size();
/// nothing where they are not, where a size is negative, or for more than 63 bits.
std::optional<int64_t> tensor_bytes(GgmlType type, std::span<const int64_t> shape);

/// The number that stands for it in a file.
uint32_t ggml_type_code(GgmlType type);
std::optional<GgmlType> ggml_type_from_code(uint32_t code);
/// The name of a type that ggml has and puente does not read, "IQ4_XS"; empty for other numbers.
std::string_view foreign_ggml_type_name(uint32_t code);

}  // namespace puente
