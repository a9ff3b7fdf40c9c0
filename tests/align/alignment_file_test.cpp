#include "align/alignment_file.h"

#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <string_view>

#include "aligned_tables.h"
#include "support/files.h"

namespace puente {
namespace {

using test::all_rows;
using test::random_table;

TEST(AlignmentFile, ReadsBackToTheBit) {
  const EmbeddingTable table = random_table(40, 7, 5);
  const EmbeddingTable equal = random_table(40, 6, 6);
  const test::TemporaryFolder folder;
  for (const char* spec :
       {"none", "normalise", "centre", "standardise", "whiten", "shift:0.4", "shift-printed:-1",
        "shift-interpolated:0.3", "noise:0.2+shift-learned+regularised:2", "procrustes", "ridge",
        "cca:3", "pca:2+shift:0.1+standardise", "paper"}) {
    SCOPED_TRACE(spec);
    const std::string_view name = spec;
    const bool any = name.starts_with("ridge") || name.starts_with("pca") || name.ends_with("0.3");
    const EmbeddingTable& own = any ? table : equal;
    Alignment alignment(AlignSpec::parse(spec), own, all_rows(own));
    if (alignment.learns_lambda()) alignment.set_lambda(0.123456789);
    save_alignment(alignment, folder / "a.safetensors");
    const Alignment back = load_alignment(folder / "a.safetensors");
    EXPECT_EQ(back.spec(), alignment.spec());
    EXPECT_EQ(back.lambda(), alignment.lambda());
    EXPECT_EQ(back.apply(own).features, alignment.apply(own).features);
    EXPECT_EQ(back.aligned_text_dim(), alignment.aligned_text_dim());
  }
}

TEST(AlignmentFile, SaysWhatIsWrong) {
  const EmbeddingTable table = random_table(10, 6, 6);
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.safetensors";
  const auto expect = [&](const char* from, const char* to, const char* part) {
    SCOPED_TRACE(to);
    save_alignment(Alignment(AlignSpec::parse("pca:4"), table, all_rows(table)), path);
    std::string bytes = test::read_text(path);
    const size_t at = bytes.find(from);
    ASSERT_NE(at, std::string::npos);
    ASSERT_EQ(std::string_view(from).size(), std::string_view(to).size());
    bytes.replace(at, std::string_view(from).size(), to);
    folder.file("a.safetensors", bytes);
    test::expect_user_error([&] { load_alignment(path); }, part);
  };
  expect("puente alignment", "puente alignmant", "it is no alignment");
  expect("pca:4", "pcb:4", "no method 'pcb'");
  expect("pca:4", "pca:5", "tensor 0.image.map is F64 [4, 6], expected F64 [5, 6]");
  expect("0.text.mean", "0.text.maen", "no tensor 0.text.mean");
  expect("\"image_dim\":\"6\"", "\"image_dim\":\"x\"", "metadata 'image_dim' is 'x'");
  Alignment learned(AlignSpec::parse("shift-learned"), table, all_rows(table));
  learned.set_lambda(std::numeric_limits<double>::quiet_NaN());
  save_alignment(learned, path);
  test::expect_user_error([&] { load_alignment(path); }, "its lambda is not finite");
  const std::string nan("\0\0\0\0\0\0\xf8\x7f", 8);
  save_alignment(Alignment(AlignSpec::parse("centre"), table, all_rows(table)), path);
  std::string bytes = test::read_text(path);
  bytes.replace(bytes.size() - 8, 8, nan);
  folder.file("a.safetensors", bytes);
  test::expect_user_error([&] { load_alignment(path); }, "a number that is not finite");
}

}  // namespace
}  // namespace puente
