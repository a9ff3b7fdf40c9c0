#include "base/zeroed_array.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <utility>

namespace puente {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

class ZeroedArrays : public testing::TestWithParam<size_t> {};

TEST_P(ZeroedArrays, AreZeroAlignedAndWritableToTheLastNumber) {
  for (int round = 0; round < 2; ++round) {  // the second may get the first's memory
    ZeroedArray<float> array(GetParam());
    ASSERT_EQ(array.size(), GetParam());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data()) % 64, 0u);
    float* end = array.data() + array.size();
    EXPECT_EQ(std::find_if(array.data(), end, [](float v) { return v != 0; }), end);
    std::fill(array.data(), end, 1.0f);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ZeroedArrays,
                         testing::Values(1, 17, kHugePage / sizeof(float) - 1,
                                         kHugePage / sizeof(float), kHugePage / sizeof(float) + 1,
                                         5 * kHugePage / sizeof(float) / 2));

TEST(ZeroedArray, OfNothingHasNothing) {
  const ZeroedArray<float> none, empty(0);
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(empty.data(), nullptr);
}

TEST(ZeroedArray, MovesWithWhatIsInIt) {
  for (const size_t size : {size_t{3}, kHugePage}) {
    ZeroedArray<int8_t> from(size);
    from.data()[size - 1] = 7;
    const ZeroedArray<int8_t> to = std::move(from);
    EXPECT_EQ(from.size(), 0u);
    EXPECT_EQ(to.size(), size);
    EXPECT_EQ(to.data()[size - 1], 7);
  }
}

}  // namespace
}  // namespace puente
