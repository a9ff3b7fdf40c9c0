#include "formats/ggml_type.h"

#include <algorithm>
#include <array>
#include <fmt/ranges.h>
#include <vector>

#include "formats/tensor_info.h"

namespace puente {
namespace {

struct Facts {
  GgmlType type;
  std::string_view name;
  uint32_t code;
  int64_t weights, bytes;  // of a block
};

// In the order of the enum.
constexpr std::array kTypes = {
    Facts{GgmlType::kF32, "F32", 0, 1, 4},        Facts{GgmlType::kF16, "F16", 1, 1, 2},
    Facts{GgmlType::kBF16, "BF16", 30, 1, 2},     Facts{GgmlType::kQ8_0, "Q8_0", 8, 32, 34},
    Facts{GgmlType::kQ4_0, "Q4_0", 2, 32, 18},    Facts{GgmlType::kQ4_K, "Q4_K", 12, 256, 144},
    Facts{GgmlType::kQ5_K, "Q5_K", 13, 256, 176}, Facts{GgmlType::kQ6_K, "Q6_K", 14, 256, 210},
};

constexpr const Facts& facts(GgmlType type) { return kTypes[static_cast<size_t>(type)]; }
static_assert([] {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (static_cast<size_t>(kTypes[i].type) != i) return false;
  }
  return true;
}());

struct Foreign {
  uint32_t code;
  std::string_view name;
};

// The enum ggml_type of ggml.h; the numbers that are missing here were withdrawn.
constexpr Foreign kForeign[] = {
    {3, "Q4_1"},   {6, "Q5_0"},     {7, "Q5_1"},    {9, "Q8_1"},     {10, "Q2_K"},  {11, "Q3_K"},
    {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"},
    {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"}, {24, "I8"},      {25, "I16"},   {26, "I32"},
    {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},  {34, "TQ1_0"},   {35, "TQ2_0"}, {39, "MXFP4"},
    {40, "NVFP4"}, {41, "Q1_0"},
};

}  // namespace

std::string_view ggml_type_name(GgmlType type) { return facts(type).name; }

std::string ggml_type_names() {
  std::vector<std::string_view> names;
  for (const Facts& known : kTypes) names.push_back(known.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

int64_t block_size(GgmlType type) { return facts(type).weights; }
int64_t block_bytes(GgmlType type) { return facts(type).bytes; }

std::optional<int64_t> tensor_bytes(GgmlType type, std::span<const int64_t> shape) {
  const std::optional<int64_t> elements = element_count(shape);
  const int64_t row = shape.empty() ? 1 : shape.back();
  int64_t bytes = 0;
  if (!elements || row % block_size(type) != 0 ||
      __builtin_mul_overflow(*elements / block_size(type), block_bytes(type), &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

uint32_t ggml_type_code(GgmlType type) { return facts(type).code; }

std::optional<GgmlType> ggml_type_from_code(uint32_t code) {
  const auto found = std::ranges::find(kTypes, code, &Facts::code);
  return found == kTypes.end() ? std::nullopt : std::optional(found->type);
}

std::string_view foreign_ggml_type_name(uint32_t code) {
  const auto* found = std::ranges::find(kForeign, code, &Foreign::code);
  return found == std::end(kForeign) ? std::string_view() : found->name;
}

}  // namespace puente
