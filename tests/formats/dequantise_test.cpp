// Blocks against the reference implementation (tools/golden_gguf.py): equal to the last bit.
#include "formats/dequantise.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "formats/gguf.h"
#include "formats/safetensors.h"
#include "support/files.h"

namespace puente {
namespace {

constexpr GgmlType kAll[] = {GgmlType::kF32,  GgmlType::kF16,  GgmlType::kBF16, GgmlType::kQ8_0,
                             GgmlType::kQ4_0, GgmlType::kQ4_K, GgmlType::kQ5_K, GgmlType::kQ6_K};

TEST(GgmlTypes, NamesCodesAndBytes) {
  for (const GgmlType type : kAll) {
    EXPECT_EQ(ggml_type_from_code(ggml_type_code(type)), type);
    EXPECT_TRUE(foreign_ggml_type_name(ggml_type_code(type)).empty());
  }
  EXPECT_EQ(ggml_type_names(), "F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K");
  EXPECT_EQ(foreign_ggml_type_name(10), "Q2_K");
  EXPECT_EQ(foreign_ggml_type_name(23), "IQ4_XS");
  EXPECT_FALSE(ggml_type_from_code(10));
  EXPECT_FALSE(ggml_type_from_code(4));
  EXPECT_TRUE(foreign_ggml_type_name(4).empty());
  EXPECT_TRUE(foreign_ggml_type_name(UINT32_MAX).empty());
}

TEST(GgmlTypes, BytesOfATensor) {
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(tensor_bytes(GgmlType::kF16, Shape{}), 2);
  EXPECT_EQ(tensor_bytes(GgmlType::kQ8_0, Shape{3, 64}), 3 * 2 * 34);
  EXPECT_EQ(tensor_bytes(GgmlType::kQ6_K, Shape{2, 256}), 420);
  EXPECT_EQ(tensor_bytes(GgmlType::kQ4_K, Shape{5, 0}), 0);
  EXPECT_FALSE(tensor_bytes(GgmlType::kQ8_0, Shape{32, 3}));
  EXPECT_FALSE(tensor_bytes(GgmlType::kQ4_K, Shape{2, 128}));
  EXPECT_FALSE(tensor_bytes(GgmlType::kQ8_0, Shape{}));
  EXPECT_FALSE(tensor_bytes(GgmlType::kF32, Shape{1LL << 62}));
  EXPECT_FALSE(tensor_bytes(GgmlType::kF32, Shape{1LL << 32, 1LL << 32}));
  EXPECT_FALSE(tensor_bytes(GgmlType::kF32, Shape{-1}));
}

/// NaN is equal to NaN, 0 is not -0.
void expect_same_bits(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(got[i]) && std::isnan(expected[i])) continue;
    ASSERT_EQ(std::bit_cast<uint32_t>(got[i]), std::bit_cast<uint32_t>(expected[i]))
        << i << ": " << got[i] << " and not " << expected[i];
  }
}

TEST(Dequantise, IsTheReferenceToTheLastBit) {
  const GgufFile file(test::golden("gguf/types.gguf"));
  const SafetensorsFile reference(test::golden("gguf/types.safetensors"));
  for (const GgmlType type : kAll) {
    SCOPED_TRACE(ggml_type_name(type));
    const GgufTensor& tensor = file.tensor(ggml_type_name(type));
    const TensorInfo& expected = reference.tensor(tensor.name);
    EXPECT_EQ(tensor.type, type);
    EXPECT_EQ(tensor.shape, expected.shape);
    EXPECT_EQ(tensor.row_bytes() * 3, static_cast<int64_t>(tensor.bytes.size()));
    std::vector<float> got(static_cast<size_t>(expected.elements())), wanted(got.size());
    dequantise(type, tensor.bytes, got);
    to_float(expected, wanted);
    expect_same_bits(got, wanted);
  }
}

TEST(Dequantise, TakesWholeBlocks) {
  const std::vector<std::byte> bytes(68);
  std::vector<float> out(64);
  dequantise(GgmlType::kQ8_0, std::span<const std::byte>(), std::span<float>());
  EXPECT_THROW(dequantise(GgmlType::kQ8_0, std::span(bytes).first(67), std::span(out).first(32)),
               InternalError);
  EXPECT_THROW(dequantise(GgmlType::kQ8_0, std::span(bytes).first(34), out), InternalError);
}

}  // namespace
}  // namespace puente
