#include "formats/tensor_info.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace puente {
namespace {

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  int64_t size;
};

// In the order of the enum.
constexpr std::array kDTypes = {
    DTypeFacts{DType::kBool, "BOOL", 1},      DTypeFacts{DType::kU8, "U8", 1},
    DTypeFacts{DType::kI8, "I8", 1},          DTypeFacts{DType::kF8E4M3, "F8_E4M3", 1},
    DTypeFacts{DType::kF8E5M2, "F8_E5M2", 1}, DTypeFacts{DType::kU16, "U16", 2},
    DTypeFacts{DType::kI16, "I16", 2},        DTypeFacts{DType::kF16, "F16", 2},
    DTypeFacts{DType::kBF16, "BF16", 2},      DTypeFacts{DType::kU32, "U32", 4},
    DTypeFacts{DType::kI32, "I32", 4},        DTypeFacts{DType::kF32, "F32", 4},
    DTypeFacts{DType::kU64, "U64", 8},        DTypeFacts{DType::kI64, "I64", 8},
    DTypeFacts{DType::kF64, "F64", 8},
};

constexpr const DTypeFacts& facts(DType dtype) { return kDTypes[static_cast<size_t>(dtype)]; }
static_assert([] {
  for (size_t i = 0; i < kDTypes.size(); ++i) {
    if (static_cast<size_t>(kDTypes[i].dtype) != i) return false;
  }
  return true;
}());

template <class Stored, class Convert>
void convert(const std::byte* from, std::span<float> out, Convert&& to) {
  for (float& value : out) {
    Stored stored;
    std::memcpy(&stored, from, sizeof stored);
    from += sizeof stored;
    value = to(stored);
  }
}

}  // namespace

int64_t element_size(DType dtype) { return facts(dtype).size; }
std::string_view dtype_name(DType dtype) { return facts(dtype).name; }

std::optional<DType> dtype_from_name(std::string_view name) {
  for (const DTypeFacts& known : kDTypes) {
    if (known.name == name) return known.dtype;
  }
  return std::nullopt;
}

std::optional<int64_t> element_count(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return std::nullopt;
  }
  return count;
}

std::string shape_text(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

float half_to_float(uint16_t bits) {
  // Widened in place, exponent and all, a half is a float that is 2^112 too small: one exact
  // multiplication puts normal and subnormal numbers right. Infinity and NaN have the exponent 31.
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t rest = static_cast<uint32_t>(bits & 0x7fffu) << 13;
  const uint32_t magnitude = (bits & 0x7c00u) == 0x7c00u
                                 ? rest | 0x7f800000u
                                 : std::bit_cast<uint32_t>(std::bit_cast<float>(rest) * 0x1p112f);
  return std::bit_cast<float>(sign | magnitude);
}

float bfloat16_to_float(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

void to_float(const TensorInfo& tensor, int64_t first, std::span<float> out) {
  const auto count = static_cast<int64_t>(out.size());
  PUENTE_ASSERT(first >= 0 && first <= tensor.elements() && count <= tensor.elements() - first);
  const std::byte* from = tensor.bytes.data() + first * element_size(tensor.dtype);
  switch (tensor.dtype) {
    case DType::kF32:
      if (!out.empty()) std::memcpy(out.data(), from, out.size_bytes());
      return;
    case DType::kF16:
      return convert<uint16_t>(from, out, half_to_float);
    case DType::kBF16:
      return convert<uint16_t>(from, out, bfloat16_to_float);
    case DType::kF64:
      return convert<double>(from, out, [](double value) { return static_cast<float>(value); });
    default:
      fail("{}: tensor {} is of type {}; F32, F16, BF16 or F64 is needed here", tensor.source,
           tensor.name, dtype_name(tensor.dtype));
  }
}

void to_float(const TensorInfo& tensor, std::span<float> out) {
  PUENTE_ASSERT(static_cast<int64_t>(out.size()) == tensor.elements());
  to_float(tensor, 0, out);
}

}  // namespace puente
