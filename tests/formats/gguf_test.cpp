#include "formats/gguf.h"

#include <cmath>
#include <limits>

#include "base/rng.h"
#include "formats/dequantise.h"
#include "formats/gguf_bytes.h"
#include "support/files.h"

namespace puente {
namespace {

using test::array_of;
using test::entry_of;
using test::expect_user_error;
using test::gguf_text;
using test::GgufBytes;
using test::pair_of;
using test::raw;

constexpr uint32_t kF32 = 0, kF16 = 1, kQ8_0 = 8, kQ4_K = 12;

class Gguf : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& content) {
    // A file that is cut and written again waits for the disk on ext4; a new one does not.
    std::filesystem::remove(folder_ / "t.gguf");
    return folder_.file("t.gguf", content);
  }
  void expect_error(const std::string& content, std::string_view message) {
    const auto path = file(content);
    expect_user_error([&] { GgufFile open(path); }, message);
  }
  void expect_error(const GgufBytes& content, std::string_view message) {
    expect_error(content.str(), message);
  }
  test::TemporaryFolder folder_;
};

/// Two tensors of 16 and 34 bytes, and some metadata.
GgufBytes small() {
  return {.pairs = {pair_of("general.architecture", GgufType::kText, gguf_text("llama")),
                    pair_of("n", GgufType::kU32, raw<uint32_t>(7)),
                    array_of("words", GgufType::kText, 2, gguf_text("a") + gguf_text("bc"))},
          .entries = {entry_of("a", {2, 2}, kF32, 0), entry_of("b", {32}, kQ8_0, 32)},
          .data = std::string(66, '\1')};
}

TEST_F(Gguf, ReadsWhatTheReferenceWrote) {
  // tools/golden_gguf.py; the tensors are dequantise_test's.
  const GgufFile file(test::golden("gguf/types.gguf"));
  const GgufMetadata& m = file.metadata();
  EXPECT_EQ(file.version(), 3u);
  EXPECT_EQ(m.text("general.architecture"), "test");
  EXPECT_EQ(m.integer("general.alignment"), 64);
  EXPECT_EQ(m.integer("a.u8"), 255);
  EXPECT_EQ(m.integer("a.i8"), -128);
  EXPECT_EQ(m.integer("a.u16"), 65535);
  EXPECT_EQ(m.integer("a.i16"), -32768);
  EXPECT_EQ(m.integer("a.u32"), 4294967295);
  EXPECT_EQ(m.integer("a.i32"), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(m.integer("a.i64"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(m.number("a.u64"), 0x1p64);
  EXPECT_EQ(m.number("a.f32"), static_cast<double>(-0.1f));
  EXPECT_EQ(m.number("a.f64"), 1e300);
  EXPECT_EQ(m.number("a.i16"), -32768.0);
  EXPECT_TRUE(m.flag("a.bool"));
  EXPECT_EQ(m.text("a.text"), "ein Weg ▁ über\nden Fluss");
  EXPECT_EQ(m.texts("a.texts"), (std::vector<std::string_view>{"<unk>", "", "▁a"}));
  EXPECT_EQ(m.integers("a.integers"), (std::vector<int64_t>{3, -1, 2147483647}));
  EXPECT_EQ(m.numbers("a.integers"), (std::vector<float>{3, -1, 2147483648.0f}));
  EXPECT_EQ(m.numbers("a.numbers"), (std::vector<float>{0.5f, -1000}));
  EXPECT_EQ(m.find("a.flags")->item, GgufType::kBool);
  EXPECT_EQ(m.find("a.flags")->count, 2u);
  EXPECT_EQ(m.keys().size(), 18u);

  ASSERT_EQ(file.tensors().size(), 8u);
  for (const GgufTensor& tensor : file.tensors()) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.bytes.data()) % 64, 0u);
    EXPECT_EQ(file.find(tensor.name), &tensor);
  }
  EXPECT_EQ(file.tensor("Q4_K").shape, (std::vector<int64_t>{3, 1024}));
  file.release(file.tensor("Q4_K"));
  file.advise_sequential();
}

TEST_F(Gguf, ReadsTheReferencesParts) {
  for (const auto& [name, first] : {std::pair("parts", 2u), std::pair("late", 0u)}) {
    // tools/golden_gguf.py
    const auto path = test::golden("gguf") / (name + std::string("-00001-of-00003.gguf"));
    const GgufFile file(path);
    EXPECT_EQ(file.path(), path);
    EXPECT_EQ(file.metadata().text("a.text"), "only the first has it");
    ASSERT_EQ(file.files().size(), 3u);
    EXPECT_TRUE(file.files()[2].string().ends_with("-00003-of-00003.gguf"));
    ASSERT_EQ(file.tensors().size(), 5u);
    size_t in_first = 0;
    for (int64_t i = 0; i < 5; ++i) {
      const int64_t shape[] = {2, i + 1};
      const GgufTensor& tensor = file.tensor("t" + std::to_string(i), shape);
      std::vector<float> values(static_cast<size_t>(2 * (i + 1)));
      dequantise(tensor.type, tensor.bytes, values);
      for (size_t j = 0; j < values.size(); ++j) EXPECT_EQ(values[j], static_cast<float>(i) + j);
      in_first += tensor.part == 0;
      file.fetch(tensor);
      file.release(tensor);
      dequantise(tensor.type, tensor.bytes, values);
      EXPECT_EQ(values[0], static_cast<float>(i));
    }
    EXPECT_EQ(in_first, first);
    file.advise_sequential();
    file.check_unchanged();
  }
}

/// Three parts of one tensor each, of which a test spoils one.
class GgufParts : public testing::Test {
 protected:
  GgufParts() {
    for (uint16_t i = 0; i < 3; ++i) write(i, bytes(i, 3, 3));
  }
  static GgufBytes bytes(uint16_t number, uint16_t count, int32_t tensors) {
    return {.pairs = {pair_of("split.no", GgufType::kU16, raw(number)),
                      pair_of("split.count", GgufType::kU16, raw(count)),
                      pair_of("split.tensors.count", GgufType::kI32, raw(tensors))},
            .entries = {entry_of("t" + std::to_string(number), {4}, kF32, 0)},
            .data = std::string(16, '\1')};
  }
  void write(int number, const GgufBytes& content) { write(number, content.str()); }
  void write(int number, const std::string& content) {
    std::filesystem::remove(path(number));
    folder_.file(name(number), content);
  }
  static std::string name(int number) {
    return "m-0000" + std::to_string(number + 1) + "-of-00003.gguf";
  }
  std::filesystem::path path(int number) { return folder_ / name(number); }
  void expect_error(std::string_view message) {
    expect_user_error([&] { GgufFile open(path(0)); }, message);
  }
  test::TemporaryFolder folder_;
};

TEST_F(GgufParts, AreFoundBesideTheFirst) {
  EXPECT_EQ(GgufFile(path(0)).tensors().size(), 3u);
  const GgufFile file(path(0));
  std::filesystem::remove(path(2));
  write(2, bytes(2, 3, 3));
  expect_user_error([&] { file.check_unchanged(); }, name(2) + ": was changed while it was");
}

TEST_F(GgufParts, AnotherThanTheFirstIsNamed) {
  expect_user_error([&] { GgufFile open(path(1)); },
                    "m-00002-of-00003.gguf: is part 2 of the 3 of a model; name the first one, "
                    "m-00001-of-00003.gguf");
  std::filesystem::rename(path(1), folder_ / "other.gguf");
  expect_user_error([&] { GgufFile open(folder_ / "other.gguf"); },
                    "other.gguf: is part 2 of the 3 of a model; name the first one");
}

TEST_F(GgufParts, TheFirstOneUnderAnotherName) {
  std::filesystem::rename(path(0), folder_ / "m.gguf");
  expect_user_error([&] { GgufFile open(folder_ / "m.gguf"); },
                    "m.gguf: is the first of 3 parts of a model, which are found by their names; "
                    "this one's should end with -00001-of-00003.gguf");
}

TEST_F(GgufParts, AMissingOneIsNamed) {
  std::filesystem::remove(path(1));
  expect_error(
      "m-00002-of-00003.gguf: no such file; it is part 2 of the 3 of "
      "m-00001-of-00003.gguf: download it into that folder");
}

TEST_F(GgufParts, CountsMustAgree) {
  write(1, bytes(2, 3, 3));
  expect_error(
      "m-00002-of-00003.gguf: split.no is 2 where 1 is expected beside m-00001-of-00003.g");
  write(1, bytes(1, 4, 3));
  expect_error("m-00002-of-00003.gguf: split.count is 4 where 3 is expected");
  write(1, bytes(1, 3, 4));
  expect_error("m-00002-of-00003.gguf: split.tensors.count is 4 where 3 is expected");
  for (int i = 0; i < 3; ++i) write(i, bytes(static_cast<uint16_t>(i), 3, 4));
  expect_error("split.tensors.count is 4, and its 3 parts hold 3 tensors; download them again");
  for (int i = 0; i < 3; ++i) write(i, bytes(static_cast<uint16_t>(i), 3, 3));
  GgufBytes twice = bytes(1, 3, 3);
  twice.entries = {entry_of("t0", {4}, kF32, 0)};
  write(1, twice);
  expect_error("m-00002-of-00003.gguf: the tensor 't0' is there twice");
  GgufBytes unnumbered = bytes(1, 3, 3);
  unnumbered.pairs.clear();
  write(1, unnumbered);
  expect_error("m-00002-of-00003.gguf: has no metadata 'split.no'");
  write(1, bytes(1, 3, 3).str().substr(0, 100));
  expect_error("m-00002-of-00003.gguf: is cut short");
  GgufBytes absurd = bytes(0, 3, 3);
  absurd.pairs[1] = pair_of("split.count", GgufType::kI32, raw<int32_t>(-1));
  write(0, absurd);
  expect_error("m-00001-of-00003.gguf: split.count is -1; the file is damaged");
}

TEST_F(GgufParts, OnePartIsAFileLikeAnyOther) {
  const auto only = folder_.file("only.gguf", bytes(0, 1, 1).str());
  EXPECT_EQ(GgufFile(only).tensors().size(), 1u);
}

TEST_F(Gguf, ReadsLlamaCppsOwnVocabulary) {
  PUENTE_SHARED_DATA_OR_SKIP(path, "tokenizers/llama/ggml-vocab-llama-spm.gguf");
  const GgufFile file(path);
  EXPECT_TRUE(file.tensors().empty());
  EXPECT_EQ(file.metadata().text("tokenizer.ggml.model"), "llama");
  const auto tokens = file.metadata().texts("tokenizer.ggml.tokens");
  ASSERT_EQ(tokens.size(), 32000u);
  EXPECT_EQ(tokens[1], "<s>");
  EXPECT_EQ(tokens[15043], "▁Hello");
  EXPECT_EQ(file.metadata().numbers("tokenizer.ggml.scores").size(), 32000u);
  EXPECT_EQ(file.metadata().integers("tokenizer.ggml.token_type")[1], 3);
}

TEST_F(Gguf, GettersNameKeyAndType) {
  const std::string name = test::golden("gguf/types.gguf").string();
  const GgufFile file(name);
  const GgufMetadata& m = file.metadata();
  EXPECT_FALSE(m.find_integer("none"));
  EXPECT_FALSE(m.find_number("none"));
  EXPECT_FALSE(m.find_flag("none"));
  EXPECT_FALSE(m.find_text("none"));
  EXPECT_FALSE(m.find_integers("none"));
  EXPECT_FALSE(m.find_numbers("none"));
  EXPECT_FALSE(m.find_texts("none"));
  expect_user_error([&] { m.integer("none"); }, name + ": has no metadata 'none'; the file is");
  expect_user_error([&] { m.texts("none"); }, "has no metadata 'none'");
  expect_user_error([&] { m.integer("a.f32"); },
                    name + ": the metadata 'a.f32' is of type f32; a whole number of at most 63");
  expect_user_error([&] { m.find_integer("a.u64"); }, "'a.u64' is of type u64; a whole number of");
  expect_user_error([&] { m.integer("a.integers"); }, "'a.integers' is of type array of i32; a wh");
  expect_user_error([&] { m.find_number("a.text"); }, "'a.text' is of type string; a number is");
  expect_user_error([&] { m.number("a.bool"); }, "'a.bool' is of type bool; a number is needed");
  expect_user_error([&] { m.find_flag("a.u8"); }, "'a.u8' is of type u8; a bool is needed here");
  expect_user_error([&] { m.find_text("a.texts"); }, "is of type array of string; a string is");
  expect_user_error([&] { m.find_texts("a.text"); }, "is of type string; an array of strings is");
  expect_user_error([&] { m.find_texts("a.flags"); }, "is of type array of bool; an array of str");
  expect_user_error([&] { m.find_integers("a.numbers"); }, "array of f32; an array of whole");
  expect_user_error([&] { m.find_integers("a.u8"); }, "u8; an array of whole numbers");
  expect_user_error([&] { m.find_numbers("a.texts"); }, "array of string; an array of numbers");
  expect_user_error([&] { m.find_numbers("a.flags"); }, "array of bool; an array of numbers");
  expect_user_error([&] { file.tensor("x"); }, "no tensor named x; the file holds another kind");
  const int64_t shape[] = {1024, 3};
  expect_user_error([&] { file.tensor("Q4_K", shape); },
                    "tensor Q4_K has the shape [3, 1024] where the metadata ask for [1024, 3]");
}

TEST_F(Gguf, SmallFilesOfBothVersions) {
  for (const uint32_t version : {2u, 3u}) {
    GgufBytes bytes = small();
    bytes.version = version;
    const GgufFile read(file(bytes.str()));
    EXPECT_EQ(read.version(), version);
    EXPECT_EQ(read.metadata().integer("n"), 7);
    EXPECT_EQ(read.tensor("a").bytes.size(), 16u);
    EXPECT_EQ(read.tensor("b").row_bytes(), 34);
  }
  const GgufFile nothing(file("GGUF" + raw<uint32_t>(3) + std::string(16, '\0')));
  EXPECT_TRUE(nothing.tensors().empty());
}

TEST_F(Gguf, OddButRight) {
  // A scalar, tensors without weights, any order, a hole; no padding at the end.
  const GgufFile read(
      file(GgufBytes{.pairs = {pair_of("general.alignment", GgufType::kU32, raw<uint32_t>(8))},
                     .entries = {entry_of("late", {2}, kF16, 16), entry_of("none", {4, 0}, kF32, 0),
                                 entry_of("scalar", {}, kF32, 0), entry_of("end", {0}, kF32, 16)},
                     .data = std::string(20, '\0'),
                     .alignment = 8}
               .str()));
  ASSERT_EQ(read.tensors().size(), 4u);
  EXPECT_EQ(read.tensors()[0].name, "none");
  EXPECT_EQ(read.tensors()[1].name, "scalar");
  EXPECT_TRUE(read.tensor("scalar").shape.empty());
  EXPECT_EQ(read.tensor("none").shape, (std::vector<int64_t>{0, 4}));
  EXPECT_EQ(read.tensors()[3].name, "late");
  const GgufFile nested(
      file(GgufBytes{.pairs = {array_of("deep", GgufType::kArray, 1,
                                        test::type_code(GgufType::kU8) + raw<uint64_t>(2) + "ab")}}
               .str()));
  EXPECT_EQ(nested.metadata().find("deep")->item, GgufType::kArray);
}

TEST_F(Gguf, EmptyArraysKeepTheirType) {
  const GgufFile read(file(GgufBytes{.pairs = {array_of("texts", GgufType::kText, 0, ""),
                                               array_of("numbers", GgufType::kF32, 0, "")}}
                               .str()));
  EXPECT_TRUE(read.metadata().texts("texts").empty());
  EXPECT_TRUE(read.metadata().numbers("numbers").empty());
  expect_user_error([&] { read.metadata().integers("texts"); }, "is of type array of string");
}

TEST_F(Gguf, MagicAndVersion) {
  const std::string rest(20, '\0');
  expect_error("", "is 0 bytes long, too short for GGUF");
  expect_error("GGU", "is 3 bytes long, too short for GGUF");
  expect_error("PK\x03\x04" + rest, "is not a GGUF file: it begins with 'PK");
  expect_error("tjgg" + rest, "is a ggml file from before GGUF; download the model as GGUF");
  expect_error("GGUF" + raw<uint32_t>(1) + rest, "is GGUF of version 1, and puente reads 2 and 3");
  expect_error("GGUF" + raw<uint32_t>(4) + rest, "is GGUF of version 4, and puente reads");
  expect_error("GGUF" + raw<uint32_t>(0) + rest, "is GGUF of version 0");
  expect_error("GGUF" + raw<uint32_t>(3u << 24) + rest, "is a big-endian GGUF file; convert");
  expect_error("GGUF\3", "is cut short or damaged: at byte 4, 'version' should be 1 times 4 bytes");
}

TEST_F(Gguf, Metadata) {
  const auto one = [](const std::string& pair) { return GgufBytes{.pairs = {pair}}.str(); };
  const std::string huge = raw(UINT64_MAX);
  expect_error(one(huge + "key"), "'key of the metadata' should be 18446744073709551615 times 1");
  expect_error(one(gguf_text("k") + raw<uint32_t>(13)), "the metadata 'k' has the unknown type 13");
  expect_error(one(pair_of("k", GgufType::kText, huge)),
               "'k' should be 18446744073709551615 times");
  expect_error(one(array_of("k", GgufType::kU64, 1ull << 61, "12345678")),
               "'k' should be 2305843009213693952 times 8 bytes long");
  expect_error(one(array_of("k", GgufType::kText, UINT64_MAX, "")), "should be 1 times 8 bytes");
  expect_error(one(array_of("k", GgufType::kBool, 2, std::string("\1\2", 2))),
               "the metadata 'k' holds a bool that is neither 0 nor 1");
  expect_error(one(pair_of("k", GgufType::kBool, "\3")), "neither 0 nor 1");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += test::type_code(GgufType::kArray) + raw<uint64_t>(1);
  expect_error(one(pair_of("k", GgufType::kArray, deep)), "array of arrays more than 4 deep");
  const std::string pair = pair_of("k", GgufType::kU8, "\1");
  expect_error(GgufBytes{.pairs = {pair, pair}}, "the metadata 'k' is there twice");
  std::string many = small().str();
  many.replace(16, 8, huge);
  expect_error(many, "is cut short or damaged");
  many.replace(8, 16, huge + raw<uint64_t>(0));
  expect_error(many, "damaged");
}

TEST_F(Gguf, Alignment) {
  const auto aligned = [](GgufType type, const std::string& value) {
    return GgufBytes{.pairs = {pair_of("general.alignment", type, value)}};
  };
  expect_error(aligned(GgufType::kU32, raw<uint32_t>(0)), "general.alignment is 0, which is no p");
  expect_error(aligned(GgufType::kU32, raw<uint32_t>(24)), "is 24, which is no power of two");
  expect_error(aligned(GgufType::kI32, raw<int32_t>(-32)), "is -32, which is no power of two");
  expect_error(aligned(GgufType::kU64, raw<uint64_t>(1ull << 40)), "no power of two; the file is");
  expect_error(aligned(GgufType::kF32, raw(32.0f)), "is of type f32; a whole number");
  EXPECT_NO_THROW(GgufFile(file(aligned(GgufType::kU32, raw<uint32_t>(1u << 31)).str())));
}

TEST_F(Gguf, EveryFieldOfATensor) {
  const auto one = [](const std::string& entry) {
    return GgufBytes{.entries = {entry}, .data = std::string(64, '\0')};
  };
  EXPECT_NO_THROW(GgufFile(file(one(entry_of("a", {16}, kF32, 0)).str())));
  expect_error(one(entry_of("a", {1, 1, 1, 1, 1}, kF32, 0)), "tensor 'a' has 5 dimensions, more");
  expect_error(one(gguf_text("a") + raw(UINT32_MAX)), "tensor 'a' has 4294967295 dimensions");
  expect_error(one(entry_of("a", {UINT64_MAX}, kF32, 0)), "tensor 'a' has a size of 184467440737");
  expect_error(one(entry_of("a", {256}, 10, 0)),
               "tensor 'a' is of type Q2_K, which puente does not read; download the model in one "
               "of F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K");
  expect_error(one(entry_of("a", {256}, 23, 0)), "of type IQ4_XS, which puente does not read");
  expect_error(one(entry_of("a", {256}, 5, 0)), "tensor 'a' is of the unknown type 5; the file is");
  expect_error(one(entry_of("a", {33, 2}, kQ8_0, 0)),
               "tensor 'a': its rows of 33 are no multiple of Q8_0's blocks of 32");
  expect_error(one(entry_of("a", {128, 2}, kQ4_K, 0)), "rows of 128 are no multiple of Q4_K's");
  expect_error(one(entry_of("a", {}, kQ8_0, 0)), "rows of 1 are no multiple of Q8_0's blocks");
  expect_error(one(entry_of("a", {1ull << 32, 1ull << 32}, kF32, 0)), "of F32 is too large");
  expect_error(one(entry_of("a", {1ull << 62}, kF32, 0)), "[4611686018427387904] of F32 is too la");
  expect_error(one(entry_of("a", {4}, kF32, 4)), "tensor 'a': its offset 4 is no multiple of 32");
  expect_error(one(entry_of("a", {17}, kF32, 0)),
               "is cut short: tensor 'a' should lie at 0 to 68 of the data, and the file has 64");
  expect_error(one(entry_of("a", {1}, kF32, 64)), "should lie at 64 to 68 of the data");
  expect_error(one(entry_of("a", {16}, kF32, UINT64_MAX - 31)), "18446744073709551584 to 18446744");
}

TEST_F(Gguf, TensorsMustNotOverlapAndHaveNamesOfTheirOwn) {
  const auto two = [](const std::string& a, const std::string& b) {
    return GgufBytes{.entries = {a, b}, .data = std::string(128, '\0')};
  };
  EXPECT_NO_THROW(
      GgufFile(file(two(entry_of("a", {9}, kF32, 0), entry_of("b", {8}, kF32, 64)).str())));
  expect_error(two(entry_of("a", {9}, kF32, 0), entry_of("b", {8}, kF32, 32)),
               "tensor 'b' overlaps 'a'; the file is damaged");
  expect_error(two(entry_of("a", {8}, kF32, 32), entry_of("b", {9}, kF32, 0)), "'a' overlaps 'b'");
  expect_error(two(entry_of("a", {8}, kF32, 0), entry_of("b", {8}, kF32, 0)), "overlaps");
  expect_error(two(entry_of("a", {8}, kF32, 0), entry_of("a", {8}, kF32, 32)),
               "the tensor 'a' is there twice");
}

/// Opens it and touches all that it claims to have; UserErrors must be one line.
void read_all(const std::filesystem::path& path) {
  try {
    const GgufFile file(path);
    const GgufMetadata& m = file.metadata();
    for (const std::string& key : m.keys()) {
      const GgufValue& value = *m.find(key);
      if (value.type == GgufType::kText) m.text(key);
      if (value.type == GgufType::kArray && value.item == GgufType::kText) m.texts(key);
      if (value.type == GgufType::kArray && value.item == GgufType::kU16) m.integers(key);
    }
    for (const GgufTensor& tensor : file.tensors()) {
      const size_t blocks = tensor.bytes.size() / static_cast<size_t>(block_bytes(tensor.type));
      std::vector<float> values(blocks * static_cast<size_t>(block_size(tensor.type)));
      dequantise(tensor.type, tensor.bytes, values);
    }
  } catch (const UserError& error) {
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos) << error.what();
  }
}

TEST_F(Gguf, CutAnywhereIsRefused) {
  const std::string whole = small().str();
  for (size_t size = 0; size < whole.size(); ++size) {
    expect_error(whole.substr(0, size), size < 4 ? "too short" : "is cut short");
  }
}

TEST_F(Gguf, AnyBytesChangedAreReadOrRefused) {
  GgufBytes bytes = small();
  bytes.pairs.push_back(array_of("numbers", GgufType::kU16, 3, "abcdef"));
  bytes.pairs.push_back(array_of("deep", GgufType::kArray, 1,
                                 test::type_code(GgufType::kU8) + raw<uint64_t>(2) + "ab"));
  const std::string good = bytes.str();
  const size_t header = good.size() - bytes.data.size();
  Rng rng(9);
  for (int i = 0; i < 20000; ++i) {
    std::string bad = good.substr(0, i % 4 == 0 ? rng.below(good.size()) : good.size());
    for (uint64_t k = rng.below(3) + 1; k > 0 && !bad.empty(); --k) {
      // Small numbers lead further than large ones.
      const size_t at = rng.below(std::min(header, bad.size()));
      bad[at] = static_cast<char>(rng.below(2) == 0 ? rng.below(35) : rng.next());
    }
    read_all(file(bad));
  }
}

}  // namespace
}  // namespace puente
