#include <bit>
#include <cmath>

#include "base/rng.h"
#include "formats/safetensors.h"
#include "store/table_io.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;

float random_finite(Rng& rng) {
  while (true) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(rng.next()));
    if (std::isfinite(value)) return value;
  }
}

EmbeddingTable random_table(int64_t rows, int64_t image_dim, int64_t text_dim, uint64_t seed = 1) {
  Rng rng(seed);
  EmbeddingTable table;
  table.columns = {{"id", {}}, {"note", {}}, {"image_1", {}}};
  for (int64_t i = 0; i < rows; ++i) {
    table.columns[0].values.push_back("r" + std::to_string(i));
    table.columns[1].values.push_back(i % 3 == 0 ? "" : i % 3 == 1 ? "a,\"b\"\r\nc;d" : "é");
    table.columns[2].values.push_back("x.jpg");
  }
  table.image = Matrix(rows, image_dim);
  table.text = Matrix(rows, text_dim);
  for (int64_t i = 0; i < table.image.size(); ++i) table.image.data()[i] = random_finite(rng);
  for (int64_t i = 0; i < table.text.size(); ++i) table.text.data()[i] = random_finite(rng);
  if (image_dim == 0) table.image = Matrix();
  if (text_dim == 0) table.text = Matrix();
  return table;
}

bool bit_equal(const Matrix& a, const Matrix& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (int64_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<uint32_t>(a.data()[i]) != std::bit_cast<uint32_t>(b.data()[i])) return false;
  }
  return true;
}

void expect_equal(const EmbeddingTable& a, const EmbeddingTable& b) {
  EXPECT_TRUE(bit_equal(a.image, b.image));
  EXPECT_TRUE(bit_equal(a.text, b.text));
  ASSERT_EQ(a.columns.size(), b.columns.size());
  for (size_t i = 0; i < a.columns.size(); ++i) {
    EXPECT_EQ(a.columns[i].name, b.columns[i].name);
    EXPECT_EQ(a.columns[i].values, b.columns[i].values);
  }
}

class WriteTable : public testing::Test {
 protected:
  void expect_nothing_left() { EXPECT_TRUE(std::filesystem::is_empty(folder_.path())); }
  test::TemporaryFolder folder_;
};

TEST_F(WriteTable, EveryFormatReadsBackBitEqual) {
  for (const char* name : {"t.csv", "t.safetensors", "t.npy", "t.image.npy"}) {
    for (const auto& [image_dim, text_dim] :
         {std::pair(64, 33), std::pair(1, 0), std::pair(0, 7), std::pair(12, 1)}) {
      const EmbeddingTable table = random_table(50, image_dim, text_dim);
      write_table(table, folder_ / name);
      const char* read = name == std::string("t.image.npy") ? "t.npy" : name;
      expect_equal(read_table(folder_ / read), table);
    }
  }
}

TEST_F(WriteTable, ALoneEmptyColumnKeepsItsRows) {
  EmbeddingTable table = random_table(3, 2, 0);
  table.columns = {{"label", {"", "x", ""}}};
  for (const char* name : {"t.csv", "t.safetensors"}) {
    write_table(table, folder_ / name);
    expect_equal(read_table(folder_ / name), table);
  }
}

TEST_F(WriteTable, CsvText) {
  EmbeddingTable table;
  table.columns = {{"id", {"a", "b,c"}}};
  table.image = Matrix(2, 1);
  table.text = Matrix(2, 2);
  table.image(0, 0) = 0.1f;
  table.text(1, 1) = -1e-7f;
  write_table(table, folder_ / "t.csv");
  EXPECT_EQ(test::read_text(folder_ / "t.csv"),
            "id,image_embedding_0,text_embedding_0,text_embedding_1\na,0.1,0,0\n"
            "\"b,c\",0,0,-1e-07\n");
}

TEST_F(WriteTable, AsksForVectorsInRowOrder) {
  const Column ids{"id", {"a", "b", "c"}};
  for (const char* name : {"t.csv", "t.safetensors", "t.npy"}) {
    std::vector<int64_t> asked_image, asked_text;
    std::vector<float> scratch(2);  // one row at a time is enough
    TableSource source;
    source.columns = std::span(&ids, 1);
    source.rows = 3;
    source.image_dim = source.text_dim = 2;
    source.image = [&](int64_t row) -> std::span<const float> {
      asked_image.push_back(row);
      scratch = {static_cast<float>(row), 1};
      return scratch;
    };
    source.text = [&](int64_t row) -> std::span<const float> {
      asked_text.push_back(row);
      scratch = {2, static_cast<float>(row)};
      return scratch;
    };
    write_table(source, folder_ / name);
    EXPECT_EQ(asked_image, (std::vector<int64_t>{0, 1, 2}));
    EXPECT_EQ(asked_text, (std::vector<int64_t>{0, 1, 2}));
    const EmbeddingTable back = read_table(folder_ / name);
    EXPECT_EQ(back.image(2, 0), 2);
    EXPECT_EQ(back.text(1, 1), 1);
  }
}

TEST_F(WriteTable, NamesThatCollideAreRefusedBeforeAnythingIsWritten) {
  for (const char* name : {"t.csv", "t.safetensors", "t.npy"}) {
    EmbeddingTable table = random_table(2, 2, 0);
    table.columns[1].name = "image_embedding_7";
    expect_user_error([&] { write_table(table, folder_ / name); },
                      "the manifest's column image_embedding_7 has the name of an embedding");
    table.columns[1].name = "text_embedding_0";
    expect_user_error([&] { write_table(table, folder_ / name); }, "text_embedding_0");
    table.columns[1].name = "id";
    expect_user_error([&] { write_table(table, folder_ / name); }, "two columns are called 'id'");
    table.columns[1].name = "";
    expect_user_error([&] { write_table(table, folder_ / name); }, "a column has no name");
  }
  expect_nothing_left();
}

TEST_F(WriteTable, NumbersThatAreNotFiniteLeaveNothing) {
  for (const char* name : {"t.csv", "t.safetensors", "t.npy"}) {
    EmbeddingTable table = random_table(5, 2, 3);
    table.text(3, 1) = NAN;
    expect_user_error([&] { write_table(table, folder_ / name); },
                      "the text embedding of row 3 has NaN at position 1");
    table.text(3, 1) = INFINITY;
    expect_user_error([&] { write_table(table, folder_ / name); }, "has infinity at position 1");
  }
  expect_nothing_left();
}

TEST_F(WriteTable, AnInterruptedTableLeavesTheOldOne) {
  const EmbeddingTable old = random_table(4, 2, 2, 1);
  for (const char* name : {"t.csv", "t.safetensors", "t.npy"}) {
    write_table(old, folder_ / name);
    const EmbeddingTable fresh = random_table(4, 2, 2, 2);
    TableSource source;
    source.columns = fresh.columns;
    source.rows = 4;
    source.image_dim = source.text_dim = 2;
    source.image = [&](int64_t row) { return fresh.image.row_span(row); };
    source.text = [&](int64_t row) -> std::span<const float> {
      if (row == 3) throw Interrupted();
      return fresh.text.row_span(row);
    };
    EXPECT_THROW(write_table(source, folder_ / name), Interrupted);
    expect_equal(read_table(folder_ / name), old);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_NE(entry.path().extension(), ".part");
  }
}

TEST_F(WriteTable, NothingAppearsWhereTheCsvCannotBeWritten) {
  std::filesystem::create_directory(folder_ / "t.csv");
  for (const char* name : {"t.safetensors", "t.npy"}) {
    expect_user_error([&] { write_table(random_table(2, 2, 2), folder_ / name); }, "is a folder");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "t.safetensors"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "t.image.npy"));
  }
}

TEST_F(WriteTable, AnOlderTablesOtherModalityGoesAway) {
  write_table(random_table(3, 2, 2), folder_ / "t.npy");
  write_table(random_table(3, 2, 0), folder_ / "t.npy");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "t.text.npy"));
  EXPECT_FALSE(read_table(folder_ / "t.npy").has_text());
}

TEST_F(WriteTable, WithoutColumns) {
  EmbeddingTable table = random_table(3, 2, 2);
  table.columns.clear();
  write_table(table, folder_ / "t.csv");
  expect_equal(read_table(folder_ / "t.csv"), table);
  expect_user_error([&] { write_table(table, folder_ / "u.npy"); }, "needs at least one column");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "u.image.npy"));
}

TEST_F(WriteTable, Targets) {
  EXPECT_NO_THROW(check_table_target("x/t.csv"));
  EXPECT_NO_THROW(check_table_target("t.safetensors"));
  EXPECT_NO_THROW(check_table_target("t.npy"));
  for (const char* bad : {"t", "t.parquet", "t.csv.gz", "", "csv", ".csv/t"}) {
    expect_user_error([&] { check_table_target(bad); }, "a table is a .csv, .safetensors or .npy");
  }
  using Paths = std::vector<std::filesystem::path>;
  EXPECT_EQ(table_files("a/t.v1.csv", true, true), (Paths{"a/t.v1.csv"}));
  EXPECT_EQ(table_files("a/t.v1.safetensors", true, true),
            (Paths{"a/t.v1.safetensors", "a/t.v1.csv"}));
  EXPECT_EQ(table_files("t.npy", true, false), (Paths{"t.image.npy", "t.csv"}));
  EXPECT_EQ(table_files("t.image.npy", true, true), (Paths{"t.image.npy", "t.text.npy", "t.csv"}));
}

TEST_F(WriteTable, SafetensorsAreForOthersToo) {
  write_table(random_table(3, 4, 5), folder_ / "t.safetensors");
  const SafetensorsFile file(folder_ / "t.safetensors");
  EXPECT_EQ(file.tensor("image").shape, (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(file.tensor("text").shape, (std::vector<int64_t>{3, 5}));
  EXPECT_EQ(file.metadata().at("format"), "puente-table");
}

}  // namespace
}  // namespace puente
