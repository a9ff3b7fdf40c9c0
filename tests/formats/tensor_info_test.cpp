#include "formats/tensor_info.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "support/files.h"

namespace puente {
namespace {

TEST(TensorInfo, NamesAndSizesOfTypes) {
  for (const auto& [name, size] :
       {std::pair("F32", 4), {"F16", 2}, {"BF16", 2}, {"F64", 8}, {"I64", 8}, {"BOOL", 1}}) {
    const auto dtype = dtype_from_name(name);
    ASSERT_TRUE(dtype) << name;
    EXPECT_EQ(dtype_name(*dtype), name);
    EXPECT_EQ(element_size(*dtype), size);
  }
  EXPECT_FALSE(dtype_from_name("f32"));
  EXPECT_FALSE(dtype_from_name(""));
}

TEST(TensorInfo, ElementCount) {
  EXPECT_EQ(element_count(std::vector<int64_t>{}), 1);
  EXPECT_EQ(element_count(std::vector<int64_t>{3, 0, 5}), 0);
  EXPECT_EQ(element_count(std::vector<int64_t>{2, 3}), 6);
  EXPECT_FALSE(element_count(std::vector<int64_t>{-1}));
  EXPECT_FALSE(element_count(std::vector<int64_t>{1LL << 32, 1LL << 31}));
  EXPECT_EQ(shape_text(std::vector<int64_t>{2, 3}), "[2, 3]");
}

/// The value that IEEE 754 gives a half, from its parts.
double half_by_definition(uint16_t bits) {
  const double sign = bits & 0x8000 ? -1 : 1;
  const int exponent = (bits >> 10) & 31;
  const double fraction = bits & 0x3ff;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(TensorInfo, EveryHalf) {
  for (int bits = 0; bits < 65536; ++bits) {
    const double expected = half_by_definition(static_cast<uint16_t>(bits));
    const float value = half_to_float(static_cast<uint16_t>(bits));
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else {
      ASSERT_EQ(value, expected) << bits;
    }
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
  }
}

TEST(TensorInfo, Bfloat16IsTheUpperHalfOfAFloat) {
  EXPECT_EQ(bfloat16_to_float(0x3f80), 1.0f);
  EXPECT_EQ(bfloat16_to_float(0xc049), -3.140625f);
  EXPECT_EQ(bfloat16_to_float(0x0001), std::bit_cast<float>(0x00010000u));
  EXPECT_EQ(bfloat16_to_float(0xff80), -INFINITY);
  EXPECT_TRUE(std::isnan(bfloat16_to_float(0x7fc0)));
}

template <class T>
TensorInfo tensor_of(const std::vector<char>& storage, DType dtype, size_t offset) {
  return {"t", dtype, {}, std::as_bytes(std::span(storage)).subspan(offset), "f"};
}

TEST(TensorInfo, ConvertsUnalignedDataAndParts) {
  const double values[] = {1.5, -2.25, 1e300, 0.1};
  std::vector<char> storage(1 + sizeof values);
  std::memcpy(storage.data() + 1, values, sizeof values);
  const TensorInfo tensor = tensor_of<double>(storage, DType::kF64, 1);
  std::vector<float> out(4);
  to_float(tensor, out);
  EXPECT_EQ(out, (std::vector<float>{1.5f, -2.25f, INFINITY, 0.1f}));
  std::vector<float> part(2);
  to_float(tensor, 1, part);
  EXPECT_EQ(part[0], -2.25f);
  EXPECT_THROW(to_float(tensor, 3, part), InternalError);
  EXPECT_THROW(to_float(tensor, -1, part), InternalError);
  EXPECT_THROW(to_float(tensor, part), InternalError);
}

TEST(TensorInfo, RefusesIntegers) {
  const std::vector<char> storage(8);
  std::vector<float> out(1);
  test::expect_user_error([&] { to_float(tensor_of<int64_t>(storage, DType::kI64, 0), out); },
                          "f: tensor t is of type I64");
}

}  // namespace
}  // namespace puente
