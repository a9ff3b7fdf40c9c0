// Blocks against those of the reference implementation (tools/golden_gguf.py): the same bytes.
#include "demo/quantise.h"

#include <gtest/gtest.h>
#include <vector>

#include "demo/narrow.h"
#include "demo/written.h"
#include "formats/dequantise.h"

namespace puente {
namespace {

TEST(Quantise, GivesTheBlocksOfTheReference) {
  const SafetensorsFile golden(test::golden("gguf/quantised.safetensors"));
  const TensorInfo& rows = golden.tensor("values");
  const std::vector<float> values = test::values_of(rows);
  for (const auto& [type, name] : {std::pair(GgmlType::kQ8_0, "q8_0"), {GgmlType::kQ4_0, "q4_0"}}) {
    const std::span<const std::byte> expected = golden.tensor(name).bytes;
    std::vector<std::byte> got(expected.size());
    quantise(type, values, got);
    for (size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i], expected[i]) << name << ", byte " << i << " of "
                                     << got.size() / static_cast<size_t>(rows.shape[0]) << " a row";
    }
  }
}

struct Plain {
  GgmlType type;
  uint16_t (*round)(float);
  float (*widen)(uint16_t);
};

TEST(Quantise, PlainTypesAreRounded) {
  const std::vector<float> values = {0.1f, -3, 1e-7f};
  for (const auto& [type, round, widen] :
       {Plain{GgmlType::kF16, float_to_half, half_to_float},
        Plain{GgmlType::kBF16, float_to_bfloat16, bfloat16_to_float}}) {
    std::vector<std::byte> bytes(6);
    std::vector<float> back(3);
    quantise(type, values, bytes);
    dequantise(type, bytes, back);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(back[i], widen(round(values[i])));
  }
  std::vector<std::byte> bytes(12);
  quantise(GgmlType::kF32, values, bytes);
  EXPECT_TRUE(std::ranges::equal(bytes, std::as_bytes(std::span(values))));
  EXPECT_THROW(quantise(GgmlType::kF16, values, bytes), InternalError);
  EXPECT_THROW(quantise(GgmlType::kQ8_0, values, std::span(bytes).first(0)), InternalError);
  EXPECT_THROW(quantise(GgmlType::kQ6_K, {}, {}), InternalError);
}

}  // namespace
}  // namespace puente
