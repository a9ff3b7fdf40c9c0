#include <cmath>

#include "formats/npy.h"
#include "formats/safetensors.h"
#include "store/table_io.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using Values = std::vector<std::string>;

std::vector<float> row(const Matrix& matrix, int64_t i) {
  return {matrix.row(i), matrix.row(i) + matrix.cols()};
}

class ReadTable : public testing::Test {
 protected:
  EmbeddingTable csv(std::string_view content) {
    return read_table(folder_.file("t.csv", content));
  }
  void expect_error(std::string_view content, std::string_view message) {
    expect_user_error([&] { csv(content); }, message);
  }
  void npy(std::string_view name, std::vector<int64_t> shape, std::vector<float> values) {
    NpyWriter writer(folder_ / name, shape);
    writer.write(values);
    writer.commit();
  }
  void safetensors(std::vector<TensorSpec> specs, std::vector<float> values) {
    SafetensorsWriter writer(folder_ / "t.safetensors", specs);
    writer.write(values);
    writer.commit();
  }
  void expect_error_of(std::string_view name, std::string_view message) {
    expect_user_error([&] { read_table(folder_ / name); }, message);
  }
  test::TemporaryFolder folder_;
};

TEST_F(ReadTable, VectorsAndColumnsInAnyOrder) {
  const EmbeddingTable table =
      csv("text_embedding_1,id,image_embedding_0,text_embedding_0,dx\n"
          "2,a,0.5,1,\"x,y\"\n4,b,-0.5,+3,\n");
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(row(table.text, 0), (std::vector<float>{1, 2}));
  EXPECT_EQ(row(table.text, 1), (std::vector<float>{3, 4}));
  EXPECT_EQ(row(table.image, 1), (std::vector<float>{-0.5f}));
  ASSERT_EQ(table.columns.size(), 2u);
  EXPECT_EQ(table.find("id")->values, (Values{"a", "b"}));
  EXPECT_EQ(table.find("dx")->values, (Values{"x,y", ""}));
  EXPECT_EQ(table.source, (folder_ / "t.csv").string());
}

TEST_F(ReadTable, LayoutsOfTheAuthors) {
  const EmbeddingTable aligned = csv("id,img_emb_0,img_emb_1,text_emb_0\na,1,2,3\n");
  EXPECT_EQ(row(aligned.image, 0), (std::vector<float>{1, 2}));
  EXPECT_EQ(row(aligned.text, 0), (std::vector<float>{3}));

  const EmbeddingTable merged = csv("id,image_0,image_1,text_1,text_2\na,1,2,3,4\n");
  EXPECT_EQ(row(merged.image, 0), (std::vector<float>{1, 2}));
  EXPECT_EQ(row(merged.text, 0), (std::vector<float>{3, 4}));

  const EmbeddingTable dino = csv("ImageName,0,1,2\na.jpg,1,2,3\nb.jpg,4,5,6\n");
  EXPECT_EQ(row(dino.image, 1), (std::vector<float>{4, 5, 6}));
  EXPECT_FALSE(dino.has_text());
  EXPECT_EQ(dino.find("ImageName")->values, (Values{"a.jpg", "b.jpg"}));

  const EmbeddingTable llama = csv(",id,embeddings\n0,a,\"[1.5, -2,3e0]\"\n1,b,\" [4 5\n 6] \"\n");
  EXPECT_FALSE(llama.has_image());
  EXPECT_EQ(row(llama.text, 0), (std::vector<float>{1.5f, -2, 3}));
  EXPECT_EQ(row(llama.text, 1), (std::vector<float>{4, 5, 6}));
  EXPECT_EQ(llama.find("index")->values, (Values{"0", "1"}));
}

TEST_F(ReadTable, BadNumbersAreNamedWithLineAndColumn) {
  const std::string good = "id,image_embedding_0,image_embedding_1\na,1,2\n";
  expect_error(good + "b,1,x\n", "t.csv: line 3, column image_embedding_1: 'x' is not a number");
  expect_error(good + "b,,1\n", "t.csv: line 3, column image_embedding_0: is empty");
  expect_error(good + "b,nan,1\n", "t.csv: line 3, column image_embedding_0: is NaN");
  expect_error(good + "b,1,-inf\n", "t.csv: line 3, column image_embedding_1: is infinite");
  expect_error(good + "b,1,1e40\n", "'1e40' is too large");
  expect_error(good + "\"b\nb\",1,2\nc,1,\"2\n\"\n", "t.csv: line 5, column image_embedding_1: ");
  expect_error(good + "b,1\n", "t.csv: line 3: 2 fields where the header has 3");
}

TEST_F(ReadTable, BadListsAreNamed) {
  const std::string good = "id,embeddings\na,\"[1, 2]\"\n";
  expect_error(good + "b,\"[1, 2, 3]\"\n",
               "t.csv: line 3, column embeddings: 3 numbers where the first row has 2");
  expect_error(good + "b,\"[1]\"\n", "1 numbers where the first row has 2");
  expect_error(good + "b,\"[1, x]\"\n", "line 3, column embeddings: 'x' is not a number");
  expect_error(good + "b,[1 ... 2]\n", "line 3, column embeddings: 3 numbers");
  for (const char* bad : {"1", "", "[", "]", "\"[1, 2\"", "\"1, 2]\""}) {
    expect_error(good + "b," + bad + "\n", "should be a list of numbers in brackets");
  }
  expect_error("id,embeddings\na,[]\n", "line 2, column embeddings: the list is empty");
  expect_error("id,embeddings\na,\"[nan]\"\n", "is NaN");
}

TEST_F(ReadTable, WhatIsNoTable) {
  expect_error("id,dx\na,b\n", "t.csv: has no embedding columns");
  expect_error("id,image_embedding_0\n", "t.csv: has a header line but no rows");
  expect_error("id,embeddings\n", "has a header line but no rows");
  expect_error("image_embedding_1\n1\n", "column image_embedding_0 is missing");
  expect_error_of("t.txt", "a table is a .csv, .safetensors or .npy file");
  expect_error_of("no.csv", "no such file");
  expect_error_of("no.safetensors", "no such file");
  expect_error_of("no.npy", "no such file");
  expect_error_of("no.image.npy", "no such file");
}

TEST_F(ReadTable, SafetensorsBesideCsv) {
  safetensors({{"text", DType::kF32, {2, 1}}, {"image", DType::kF32, {2, 2}}}, {9, 8, 1, 2, 3, 4});
  expect_error_of("t.safetensors", "t.csv: is missing");
  folder_.file("t.csv", "id,image_0\na,x\nb,y\n");
  const EmbeddingTable table = read_table(folder_ / "t.safetensors");
  EXPECT_EQ(row(table.image, 1), (std::vector<float>{3, 4}));
  EXPECT_EQ(row(table.text, 0), (std::vector<float>{9}));
  EXPECT_EQ(table.find("image_0")->values, (Values{"x", "y"}));

  folder_.file("t.csv", "id\na\nb\nc\n");
  expect_error_of("t.safetensors", "t.csv: has 3 rows, but " +
                                       (folder_ / "t.safetensors").string() + " has 2 vectors");
  folder_.file("t.csv", "id,image_embedding_0\na,1\nb,2\n");
  expect_error_of("t.safetensors", "t.csv: holds vectors itself");
}

TEST_F(ReadTable, SafetensorsThatAreNoTable) {
  folder_.file("t.csv", "id\na\nb\n");
  safetensors({{"weight", DType::kF32, {2, 1}}}, {1, 2});
  expect_error_of("t.safetensors", "has neither a tensor image nor a tensor text");
  safetensors({{"image", DType::kF32, {2}}}, {1, 2});
  expect_error_of("t.safetensors", "tensor image has shape [2]; it should be");
  safetensors({{"image", DType::kF32, {0, 2}}}, {});
  expect_error_of("t.safetensors", "tensor image has shape [0, 2]: no vectors");
  safetensors({{"image", DType::kF32, {2, 0}}}, {});
  expect_error_of("t.safetensors", "no vectors");
  safetensors({{"image", DType::kF32, {0, int64_t{1} << 62}}}, {});
  expect_error_of("t.safetensors", "no vectors");
  safetensors({{"image", DType::kI32, {2, 1}}}, {1, 2});
  expect_error_of("t.safetensors", "tensor image is of type I32");
  safetensors({{"image", DType::kF32, {2, 2}}}, {1, 2, 3, NAN});
  expect_error_of("t.safetensors", "tensor image, row 1, number 1 (both from 0): is NaN");
  safetensors({{"image", DType::kF32, {2, 1}}}, {-INFINITY, 3});
  expect_error_of("t.safetensors", "tensor image, row 0, number 0 (both from 0): is infinite");
  safetensors({{"image", DType::kF32, {2, 1}}, {"text", DType::kF32, {1, 1}}}, {1, 2, 3});
  expect_error_of("t.safetensors", "has 2 image vectors and 1 text vectors");
}

TEST_F(ReadTable, NpyByEitherName) {
  folder_.file("t.csv", "id\na\nb\n");
  npy("t.image.npy", {2, 1}, {1, 2});
  npy("t.text.npy", {2, 2}, {3, 4, 5, 6});
  for (const char* name : {"t.image.npy", "t.text.npy", "t.npy"}) {
    const EmbeddingTable table = read_table(folder_ / name);
    EXPECT_EQ(row(table.image, 1), (std::vector<float>{2})) << name;
    EXPECT_EQ(row(table.text, 1), (std::vector<float>{5, 6})) << name;
    EXPECT_EQ(table.find("id")->values, (Values{"a", "b"})) << name;
  }
  std::filesystem::remove(folder_ / "t.text.npy");
  EXPECT_FALSE(read_table(folder_ / "t.npy").has_text());
  expect_error_of("t.text.npy", "t.text.npy: no such file");
  npy("t.text.npy", {3, 1}, {1, 2, 3});
  expect_error_of("t.npy", "has 2 image vectors and 3 text vectors");
  std::filesystem::remove(folder_ / "t.image.npy");
  expect_error_of("t.npy", "t.csv: has 2 rows");
}

TEST_F(ReadTable, NpyOfBothModalities) {
  npy("f.npy", {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const EmbeddingTable alone = read_table(folder_ / "f.npy");
  EXPECT_EQ(alone.rows(), 2);
  EXPECT_EQ(row(alone.image, 1), (std::vector<float>{3, 4}));
  EXPECT_EQ(row(alone.text, 0), (std::vector<float>{5, 6}));
  EXPECT_TRUE(alone.columns.empty());
  folder_.file("f.csv", "id\na\nb\n");
  EXPECT_EQ(read_table(folder_ / "f.npy").find("id")->values, (Values{"a", "b"}));
  folder_.file("f.csv", "id\na\n");
  expect_error_of("f.npy", "f.csv: has 1 rows");
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{3, 1, 2}, std::vector<int64_t>{3, 2}, std::vector<int64_t>{6}}) {
    npy("f.npy", shape, std::vector<float>(6));
    expect_error_of("f.npy", "one file of both modalities is [2, rows, numbers per vector]");
  }
  npy("f.npy", {2, 0, 3}, {});
  expect_error_of("f.npy", "no vectors");
}

TEST_F(ReadTable, RealVectors) {
  PUENTE_SHARED_DATA_OR_SKIP(path, "clip_modality_gap/features_clip.npy");
  const EmbeddingTable table = read_table(path);
  EXPECT_EQ(table.image.rows(), 500);
  EXPECT_EQ(table.text.cols(), 512);
}

}  // namespace
}  // namespace puente
