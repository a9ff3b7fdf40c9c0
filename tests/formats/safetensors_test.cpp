#include "formats/safetensors.h"

#include <cmath>
#include <cstring>

#include "base/rng.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;

std::string length_bytes(uint64_t length) {
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text;
}

/// A file of that header and so many bytes of data.
std::string file_of(const std::string& header, size_t data) {
  return length_bytes(header.size()) + header + std::string(data, '\0');
}

class Safetensors : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& content) {
    return folder_.file("t.safetensors", content);
  }
  void expect_error(const std::string& content, std::string_view message) {
    const auto path = file(content);
    expect_user_error([&] { SafetensorsFile open(path); }, message);
  }
  test::TemporaryFolder folder_;
};

TEST_F(Safetensors, ReadsWhatTheReferenceWrote) {
  // tools/golden_safetensors.py
  const SafetensorsFile file(test::golden("safetensors/small.safetensors"));
  const std::vector<float> expected = {0, 1, -2.5f, 0.0999755859375f, 65504, 5.9604645e-8f};
  std::vector<float> values(6);
  const TensorInfo& f32 = file.tensor("f32");
  EXPECT_EQ(f32.shape, (std::vector<int64_t>{2, 3}));
  to_float(f32, values);
  EXPECT_EQ(values, expected);
  EXPECT_EQ(file.tensor("f16").dtype, DType::kF16);
  to_float(file.tensor("f16"), values);
  EXPECT_EQ(values, expected);
  to_float(file.tensor("f64"), values);
  EXPECT_EQ(values, expected);
  to_float(file.tensor("bf16"), values);
  EXPECT_EQ(values, (std::vector<float>{0, 1, -2.5f, 0.10009765625f, 65536, 5.9604645e-8f}));
  EXPECT_EQ(file.tensor("i64").dtype, DType::kI64);
  EXPECT_TRUE(file.tensor("scalar").shape.empty());
  EXPECT_EQ(file.tensor("empty").elements(), 0);
  EXPECT_EQ(file.metadata().at("made by"), "the reference");
  EXPECT_EQ(file.find("nothing"), nullptr);
  expect_user_error([&] { file.tensor("nothing"); }, "no tensor named nothing; it has ");
}

TEST_F(Safetensors, WritesInPiecesAndReadsBack) {
  const TensorSpec specs[] = {{"image", DType::kF32, {3, 2}},
                              {"none", DType::kF32, {0, 2}},
                              {"half", DType::kF16, {1}},
                              {"text", DType::kF32, {1, 5}}};
  SafetensorsWriter writer(folder_ / "w.safetensors", specs, {{"k", "v\"\n"}});
  for (int row = 0; row < 3; ++row) {
    const float values[] = {static_cast<float>(row), row + 0.5f};
    writer.write(values);
  }
  const uint16_t half = 0x3e00;
  writer.write(std::as_bytes(std::span(&half, 1)));
  writer.write(std::vector<float>{1, 2, 3, 4, 5});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "w.safetensors"));
  writer.commit();

  const SafetensorsFile back(folder_ / "w.safetensors");
  ASSERT_EQ(back.tensors().size(), 4u);
  std::vector<float> values(6);
  to_float(back.tensor("image"), values);
  EXPECT_EQ(values, (std::vector<float>{0, 0.5f, 1, 1.5f, 2, 2.5f}));
  values.resize(1);
  to_float(back.tensor("half"), values);
  EXPECT_EQ(values[0], 1.5f);
  values.resize(5);
  to_float(back.tensor("text"), values);
  EXPECT_EQ(values, (std::vector<float>{1, 2, 3, 4, 5}));
  EXPECT_EQ(back.metadata().at("k"), "v\"\n");
  back.release(back.tensor("text"));
  to_float(back.tensor("text"), values);
  EXPECT_EQ(values[4], 5);
}

TEST_F(Safetensors, AnUnfinishedFileIsOurMistakeAndLeavesNothing) {
  const TensorSpec specs[] = {{"a", DType::kF32, {2}}};
  {
    SafetensorsWriter writer(folder_ / "w.safetensors", specs);
    writer.write(std::vector<float>{1});
    EXPECT_THROW(writer.commit(), InternalError);
    EXPECT_THROW(writer.write(std::vector<float>{2, 3}), InternalError);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Safetensors, LengthOfTheHeader) {
  expect_error("", "is 0 bytes long, too short");
  expect_error("1234567", "is 7 bytes long, too short");
  expect_error(length_bytes(1ull << 60) + "{}", "claims a header of 1152921504606846976 bytes");
  expect_error(length_bytes(UINT64_MAX) + "{}", "claims a header of 18446744073709551615 bytes");
  expect_error(length_bytes(3) + "{}", "is cut short: its header should be 3 bytes, and 2 are");
  expect_error(length_bytes(100'000'000) + "{}", "is cut short");
}

TEST_F(Safetensors, HeaderMustBeAnObject) {
  expect_error(file_of("", 0), "not JSON");
  expect_error(file_of("{\"a\": ", 0), "t.safetensors (header): line 1, column 7: not JSON");
  expect_error(file_of(std::string(3, '\0'), 0), "not JSON");
  expect_error(file_of("[]", 0), "not a JSON object");
  expect_error(file_of("{\"a\": 1}", 0), "tensor 'a': its header entry is not an object");
  expect_error(file_of("{\"__metadata__\": 1}", 0), "__metadata__ is not an object");
  expect_error(file_of("{\"__metadata__\": {\"a\": 1}}", 0), "more than text");
  const SafetensorsFile nothing(file(file_of("{}  ", 0)));
  EXPECT_TRUE(nothing.tensors().empty());
}

/// The header entry of one tensor.
std::string entry(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return std::string("{\"dtype\":\"") + std::string(dtype) + "\",\"shape\":" + std::string(shape) +
         ",\"data_offsets\":" + std::string(offsets) + "}";
}

TEST_F(Safetensors, EveryFieldOfATensor) {
  const auto one = [](const std::string& e) { return file_of("{\"a\":" + e + "}", 24); };
  EXPECT_NO_THROW(SafetensorsFile(file(one(entry("F32", "[2,3]", "[0,24]")))));
  expect_error(one(entry("F99", "[2,3]", "[0,24]")), "tensor 'a': unknown dtype 'F99'");
  expect_error(one("{\"shape\":[6],\"data_offsets\":[0,24]}"), "has no dtype");
  expect_error(one("{\"dtype\":7,\"shape\":[6],\"data_offsets\":[0,24]}"), "has no dtype");
  expect_error(one("{\"dtype\":\"F32\",\"data_offsets\":[0,24]}"), "shape is not a list");
  expect_error(one("{\"dtype\":\"F32\",\"shape\":[6]}"), "data_offsets is not a pair");
  for (const char* shape : {"6", "[-6]", "[6.0]", "[\"6\"]", "[18446744073709551615]", "null"}) {
    expect_error(one(entry("F32", shape, "[0,24]")), "shape is not a list of whole numbers");
  }
  for (const char* offsets : {"[0]", "[0,24,24]", "[-1,23]", "[0,24.0]", "24"}) {
    expect_error(one(entry("F32", "[6]", offsets)), "data_offsets is not a pair");
  }
  expect_error(one(entry("F32", "[6]", "[0,25]")), "do not lie in the 24 bytes");
  expect_error(one(entry("F32", "[6]", "[24,0]")), "do not lie in the 24 bytes");
  expect_error(one(entry("F32", "[6]", "[9223372036854775800,9223372036854775807]")), "do not lie");
  expect_error(one(entry("F32", "[5]", "[0,24]")), "shape [5] of F32 does not fill its 24 bytes");
  expect_error(one(entry("F16", "[6]", "[0,24]")), "does not fill");
  expect_error(one(entry("F32", "[4294967296,4294967296]", "[0,24]")), "does not fill");
  expect_error(one(entry("F32", "[4611686018427387910]", "[0,24]")), "does not fill");
  expect_error(one(entry("F32", "[]", "[0,24]")), "does not fill");
}

TEST_F(Safetensors, TensorsMustFillTheDataWithoutOverlap) {
  const auto two = [](const std::string& a, const std::string& b, size_t data) {
    return file_of("{\"a\":" + entry("F32", "[2]", a) + ",\"b\":" + entry("F32", "[2]", b) + "}",
                   data);
  };
  // In any order in the header.
  const SafetensorsFile swapped(file(two("[8,16]", "[0,8]", 16)));
  EXPECT_EQ(swapped.tensors()[0].name, "b");
  expect_error(two("[0,8]", "[4,12]", 12), "tensor 'b' overlaps the one before it");
  expect_error(two("[0,8]", "[0,8]", 8), "overlaps");
  expect_error(two("[0,8]", "[12,20]", 20), "4 bytes before tensor 'b' belong to no tensor");
  expect_error(two("[4,12]", "[12,20]", 20), "4 bytes before tensor 'a'");
  expect_error(two("[0,8]", "[8,16]", 17), "the last 1 bytes belong to no tensor");
  expect_error(file_of("{}", 1), "the last 1 bytes belong to no tensor");
  expect_error(two("[0,8]", "[8,16]", 15), "do not lie in the 15 bytes");
}

TEST_F(Safetensors, NamesMustBeDifferent) {
  const std::string e = entry("F32", "[2]", "[0,8]");
  expect_error(file_of("{\"a\":" + e + ",\"a\":" + e + "}", 8), "the key \"a\" is there twice");
}

TEST_F(Safetensors, AnyBytesChangedAreReadOrRefused) {
  const std::string good = file_of("{\"a\":" + entry("F32", "[2,3]", "[0,24]") +
                                       ",\"b\":" + entry("F16", "[4]", "[24,32]") + "}",
                                   32);
  Rng rng(9);
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good.substr(0, i % 4 == 0 ? rng.below(good.size()) : good.size());
    for (uint64_t k = rng.below(3) + 1; k > 0 && !bad.empty(); --k) {
      const size_t at = rng.below(bad.size());
      bad[at] =
          rng.below(2) == 0 ? "0123456789[]{},\""[rng.below(16)] : static_cast<char>(rng.next());
    }
    // A file that is cut and written again waits for the disk on ext4; a new one does not.
    std::filesystem::remove(folder_ / "t.safetensors");
    try {
      const SafetensorsFile read(file(bad));
      for (const TensorInfo& tensor : read.tensors()) {
        std::vector<float> values(static_cast<size_t>(tensor.elements()));
        to_float(tensor, values);
      }
    } catch (const UserError& error) {
      EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    }
  }
}

}  // namespace
}  // namespace puente
