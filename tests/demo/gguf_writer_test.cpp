#include "demo/gguf_writer.h"

#include <gtest/gtest.h>
#include <vector>

#include "formats/gguf.h"
#include "support/files.h"

namespace puente {
namespace {

std::span<const std::byte> bytes_of(const std::vector<float>& values) {
  return std::as_bytes(std::span(values));
}

TEST(GgufWriter, WritesWhatTheReaderReads) {
  const test::TemporaryFolder folder;
  GgufPairs pairs;
  pairs.text("text", "a\nb");
  pairs.u32("u32", 4000000000u);
  pairs.f32("f32", -0.5f);
  pairs.flag("flag", true);
  pairs.texts("texts", std::vector<std::string>{"x", "", "▁y"});
  pairs.f32s("f32s", std::vector<float>{1, -2});
  pairs.i32s("i32s", std::vector<int32_t>{-7, 7});
  const GgufTensorSpec specs[] = {{"none", GgmlType::kF32, {0, 3}},
                                  {"five", GgmlType::kF32, {5}},
                                  {"empty", GgmlType::kQ8_0, {2, 0}},
                                  {"blocks", GgmlType::kQ8_0, {2, 32}},
                                  {"last", GgmlType::kF32, {1, 1}}};
  const std::vector<std::byte> blocks(68, std::byte{3});
  {
    GgufWriter writer(folder / "w.gguf", pairs, specs);
    writer.write(bytes_of({0, 1, 2}));
    writer.write({});
    writer.write(bytes_of({3, 4}));
    writer.write(std::span(blocks).first(1));
    writer.write(std::span(blocks).subspan(1));
    writer.write(bytes_of({9}));
    EXPECT_FALSE(std::filesystem::exists(folder / "w.gguf"));
    writer.commit();
  }
  const GgufFile file(folder / "w.gguf");
  const GgufMetadata& m = file.metadata();
  EXPECT_EQ(m.text("text"), "a\nb");
  EXPECT_EQ(m.integer("u32"), 4000000000);
  EXPECT_EQ(m.number("f32"), -0.5);
  EXPECT_TRUE(m.flag("flag"));
  EXPECT_EQ(m.texts("texts"), (std::vector<std::string_view>{"x", "", "▁y"}));
  EXPECT_EQ(m.numbers("f32s"), (std::vector<float>{1, -2}));
  EXPECT_EQ(m.integers("i32s"), (std::vector<int64_t>{-7, 7}));
  EXPECT_EQ(m.find("i32s")->item, GgufType::kI32);
  ASSERT_EQ(file.tensors().size(), 5u);
  EXPECT_EQ(file.tensor("none").shape, (std::vector<int64_t>{0, 3}));
  EXPECT_TRUE(std::ranges::equal(file.tensor("five").bytes, bytes_of({0, 1, 2, 3, 4})));
  EXPECT_TRUE(std::ranges::equal(file.tensor("blocks").bytes, blocks));
  EXPECT_TRUE(std::ranges::equal(file.tensor("last").bytes, bytes_of({9})));
}

TEST(GgufWriter, AnUnfinishedFileIsOurMistakeAndLeavesNothing) {
  const test::TemporaryFolder folder;
  const GgufTensorSpec specs[] = {{"a", GgmlType::kF32, {2}}, {"b", GgmlType::kF32, {2}}};
  {
    GgufWriter writer(folder / "w.gguf", {}, specs);
    EXPECT_THROW(writer.write(bytes_of({1, 2, 3})), InternalError);
    writer.write(bytes_of({1, 2}));
    EXPECT_THROW(writer.commit(), InternalError);
    writer.write(bytes_of({3, 4}));
    EXPECT_THROW(writer.write(bytes_of({5})), InternalError);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace puente
