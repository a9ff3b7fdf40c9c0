#include "store/layout.h"

#include "support/files.h"

namespace puente {
namespace {

using Names = std::vector<std::string>;

TableLayout layout(const Names& header) { return detect_layout(header, "t.csv"); }

void expect_error(const Names& header, std::string_view message) {
  test::expect_user_error([&] { layout(header); }, message);
}

TEST(Layout, EveryNamingInTheWild) {
  const TableLayout puente =
      layout({"id", "image_embedding_0", "image_embedding_1", "text_embedding_0", "dx"});
  EXPECT_EQ(puente.plain, (Names{"id", "dx"}));
  EXPECT_EQ(puente.image_dim, 2);
  EXPECT_EQ(puente.text_dim, 1);
  EXPECT_EQ(puente.fields[4].index, 1);

  const TableLayout aligned = layout({"img_emb_0", "img_emb_1", "text_emb_0", "text_emb_1", "id"});
  EXPECT_EQ(aligned.image_dim, 2);
  EXPECT_EQ(aligned.text_dim, 2);

  const TableLayout merged = layout({"id", "image_0", "image_1", "text_1", "text_2", "text_3"});
  EXPECT_EQ(merged.image_dim, 2);
  EXPECT_EQ(merged.text_dim, 3);
  EXPECT_EQ(merged.fields[3].index, 0);

  const TableLayout dino = layout({"ImageName", "0", "1", "2"});
  EXPECT_EQ(dino.plain, (Names{"ImageName"}));
  EXPECT_EQ(dino.image_dim, 3);
  EXPECT_FALSE(dino.has_text_list());

  const TableLayout llama = layout({"text", "embeddings"});
  EXPECT_EQ(llama.plain, (Names{"text"}));
  EXPECT_EQ(llama.image_dim, 0);
  EXPECT_TRUE(llama.has_text_list());
}

TEST(Layout, NumbersMayComeInAnyOrder) {
  const TableLayout found =
      layout({"text_embedding_10", "text_embedding_9", "text_embedding_0", "text_embedding_1",
              "text_embedding_2", "text_embedding_3", "text_embedding_4", "text_embedding_5",
              "text_embedding_6", "text_embedding_8", "text_embedding_7"});
  EXPECT_EQ(found.text_dim, 11);
  EXPECT_EQ(found.fields[0].index, 10);
  EXPECT_EQ(found.fields[1].index, 9);
  EXPECT_EQ(found.fields[10].index, 7);
}

TEST(Layout, OneNamingPerFile) {
  const TableLayout found =
      layout({"image_embedding_0", "image_1", "image_2", "text_emb_0", "0", "1", "embeddings"});
  EXPECT_EQ(found.image_dim, 1);
  EXPECT_EQ(found.text_dim, 0);
  EXPECT_EQ(found.plain, (Names{"image_1", "image_2", "text_emb_0", "0", "1", "embeddings"}));
}

TEST(Layout, OrdinaryNamesAreNoVectors) {
  EXPECT_FALSE(layout({"image_embedding_", "image_embedding_x", "image_embedding_00", "image_01",
                       "7", "image_embedding_-1", "text_embedding_0 ", "text_embedding_+0",
                       "image_embedding_99999999999999999999"})
                   .has_vectors());
}

TEST(Layout, AMissingNumberIsNamed) {
  expect_error({"image_embedding_0", "image_embedding_2"},
               "t.csv: column image_embedding_1 is missing");
  expect_error({"text_embedding_1"}, "column text_embedding_0 is missing");
  expect_error({"image_2", "image_3"}, "column image_0 is missing");
  expect_error({"text_1", "text_3"}, "column text_2 is missing");
  expect_error({"0", "2"}, "column 1 is missing");
}

TEST(Layout, PandasIndexIsCalledIndex) {
  EXPECT_EQ(layout({"", "id", "text_embedding_0"}).plain, (Names{"index", "id"}));
  const TableLayout taken = layout({"", "index", "text_embedding_0"});
  EXPECT_EQ(taken.plain, (Names{"index"}));
  EXPECT_EQ(taken.fields[1].index, 0);
  expect_error({"id", "", "text_embedding_0"}, "t.csv: column 2 has no name");
  expect_error({"", "id", ""}, "column 3 has no name");
}

TEST(Layout, NamesMustBeDifferent) {
  expect_error({"id", "id"}, "two columns are called 'id'");
  expect_error({"image_embedding_0", "image_embedding_0"}, "two columns are called");
}

TEST(Layout, PlainLayoutTakesNothingForAVector) {
  const Names names = {"image_0", "0", "1", "embeddings"};
  const TableLayout found = plain_layout(names, "t.csv");
  EXPECT_EQ(found.plain, names);
  EXPECT_FALSE(found.has_vectors());
}

TEST(Layout, EmbeddingNames) {
  EXPECT_TRUE(is_embedding_name("image_embedding_0"));
  EXPECT_TRUE(is_embedding_name("text_embedding_511"));
  EXPECT_FALSE(is_embedding_name("image_embedding"));
  EXPECT_FALSE(is_embedding_name("image_0"));
}

}  // namespace
}  // namespace puente
