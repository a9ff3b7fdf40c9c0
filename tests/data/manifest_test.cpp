#include "data/manifest.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

using Values = std::vector<std::string>;

class ManifestTest : public testing::Test {
 protected:
  Manifest read(std::string_view content) { return read_manifest(folder_.file("m.csv", content)); }
  void expect_error(std::string_view content, std::string_view part) {
    SCOPED_TRACE(content);
    test::expect_user_error([&] { read(content); }, part);
    test::expect_user_error([&] { read(content); }, "m.csv");
  }

  test::TemporaryFolder folder_;
};

TEST_F(ManifestTest, ColumnsAsTextAndTheLineOfEachRow) {
  const Manifest manifest =
      read("image,note,dx\na.jpg,\"two\nlines, \"\"q\"\"\",nv\n\nb.jpg,,mel\n");
  EXPECT_EQ(manifest.rows(), 2);
  EXPECT_EQ(manifest.column("image", "--image-column").values, (Values{"a.jpg", "b.jpg"}));
  EXPECT_EQ(manifest.column("note", "--x").values, (Values{"two\nlines, \"q\"", ""}));
  EXPECT_EQ(manifest.lines, (std::vector<int64_t>{2, 5}));
  EXPECT_EQ(manifest.find("nothing"), nullptr);
  EXPECT_EQ(manifest.find("dx")->values, (Values{"nv", "mel"}));
}

TEST_F(ManifestTest, AnUnknownColumnListsThoseThereAre) {
  const Manifest manifest = read("image,lesion_id,dx\na,b,c\n");
  const auto expect = [&](const char* name, const char* part) {
    test::expect_user_error([&] { manifest.column(name, "--group"); }, part);
  };
  expect("patient", "no column 'patient' (--group); the columns are image, lesion_id, dx.");
  expect("leison_id", "Did you mean 'lesion_id'?");
  expect("Lesion_ID", "Did you mean 'lesion_id'?");
  expect("DX", "Did you mean 'dx'?");
  try {
    manifest.column("patient", "--group");
  } catch (const UserError& error) {
    EXPECT_EQ(std::string(error.what()).find("Did you mean"), std::string::npos);
  }
}

TEST_F(ManifestTest, PandasRowNumbersAreNamedIndex) {
  const Manifest manifest = read(",image\n0,a\n1,b\n");
  EXPECT_EQ(manifest.column("index", "--x").values, (Values{"0", "1"}));
}

TEST_F(ManifestTest, BlanksAroundNamesDoNotCount) {
  EXPECT_EQ(read("image , risk of edema \na,2\n").column("risk of edema", "--x").values,
            (Values{"2"}));
}

TEST_F(ManifestTest, ASpreadsheetsEmptyColumnsAreLeftOut) {
  const Manifest manifest = read("image,dx,,\na,nv,,\nb,mel,,\n");
  EXPECT_EQ(manifest.columns.size(), 2u);
  expect_error("image,dx,,\na,nv,,\nb,mel,,x\n",
               "column 4 of the header has no name, and line 3 has 'x' in it");
}

TEST_F(ManifestTest, ExcelOnWindows) {
  const Manifest manifest = read("image;nome\r\na;Jos\xe9 \x80\r\n");
  EXPECT_EQ(manifest.column("nome", "--x").values, (Values{"Jos\xc3\xa9 \xe2\x82\xac"}));
  ASSERT_EQ(manifest.notes.size(), 1u);
  EXPECT_NE(manifest.notes[0].find("read as Windows-1252 (Latin-1)"), std::string::npos);
  EXPECT_TRUE(read("image\nJos\xc3\xa9\n").notes.empty());
  expect_error("image\n\x81\n", "byte 0x81 is not UTF-8");  // no such character in either
}

TEST_F(ManifestTest, SaysWhatIsWrong) {
  expect_error("", "is empty");
  expect_error("image,dx\n", "has a header but no rows");
  expect_error("image,,dx\na,b,c\n", "column 2 of the header has no name");
  expect_error("image, \na,b\n", "column 2 of the header has no name");
  expect_error("a,b,a\n1,2,3\n", "columns 1 and 3 of the header are both named 'a'");
  expect_error(",index\n1,2\n", "columns 1 and 2 of the header are both named 'index'");
  expect_error("a,b\n1,2\n1\n", "line 3");
  test::expect_user_error([&] { read_manifest(folder_ / "absent.csv"); }, "absent.csv");
}

TEST_F(ManifestTest, ARepeatedIdNamesBothLines) {
  const Manifest manifest = read("id,dx\nx,a\ny,a\nx,b\n");
  require_unique(read("id\n1\n2\n"), read("id\n1\n2\n").columns[0]);
  test::expect_user_error([&] { require_unique(manifest, manifest.columns[0]); },
                          "column 'id' has the value 'x' on lines 2 and 4");
}

TEST_F(ManifestTest, AHostileHeaderStaysALine) {
  std::string header = "a";
  for (int i = 0; i < 5000; ++i) header += ",column" + std::to_string(i);
  std::string row(5000, ',');
  const Manifest manifest = read(header + "," + std::string(100000, 'n') + "\n" + row + ",1\n");
  try {
    manifest.column(std::string(2000, 'z'), "--label");
    ADD_FAILURE() << "no error";
  } catch (const UserError& error) {
    EXPECT_LT(std::string(error.what()).size(), 5000u);
  }
}

}  // namespace
}  // namespace puente
