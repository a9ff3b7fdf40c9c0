#include <algorithm>
#include <cmath>

#include "puente/puente.h"

#include "demo/lesions.h"
#include "demo/random_clip.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

TEST(Classifier, TrainsAndScoresNewRows) {
  const EmbeddingTable table = test::made_table();
  const Classifier classifier = Classifier::train(
      table, {.label = "dx", .group = "patient", .align = "shift:0.4", .threads = 2});
  EXPECT_GT(classifier.test_scores().macro_f1, 0.9);
  const Matrix p = classifier.probabilities(table.image, table.text);
  ASSERT_EQ(p.rows(), table.rows());
  ASSERT_EQ(p.cols(), 3);
  int64_t right = 0;
  for (int64_t i = 0; i < p.rows(); ++i) {
    const auto row = p.row_span(i);
    EXPECT_NEAR(row[0] + row[1] + row[2], 1, 1e-5);
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    right += classifier.classes()[static_cast<size_t>(best)] ==
             table.columns[2].values[static_cast<size_t>(i)];
  }
  EXPECT_GT(right, 220);
}

TEST(Classifier, RefusesVectorsOfAnotherWidth) {
  const EmbeddingTable table = test::made_table();
  const Classifier classifier =
      Classifier::train(table, {.label = "dx", .group = "patient", .epochs = 1});
  test::expect_user_error([&] { classifier.probabilities(Matrix(2, 5), Matrix(2, 16)); },
                          "16 wide");
  test::expect_user_error([&] { classifier.probabilities(Matrix(2, 16), Matrix(3, 16)); },
                          "2 image vectors but 3 text vectors");
}

TEST(Encoder, EmbedsFilesAndTexts) {
  test::TemporaryFolder folder;
  write_lesions(folder.path(), {.patients = 3, .size = 32});
  ClipConfig config;
  config.vision = {
      .hidden = 32, .layers = 1, .heads = 2, .mlp = 64, .image_size = 32, .patch_size = 8};
  config.text = {
      .hidden = 32, .layers = 1, .heads = 2, .mlp = 64, .vocabulary = 514, .positions = 32};
  config.projection = 16;
  write_random_clip(folder / "encoder", config, 1);
  const Encoder encoder(folder / "encoder", {.threads = 2});
  EXPECT_EQ(encoder.image_dimension(), 16);
  EXPECT_EQ(encoder.text_dimension(), 16);
  const std::vector<std::filesystem::path> files = {folder / "images/lesion_0000.png",
                                                    folder / "images/lesion_0001.png"};
  const Matrix images = encoder.images(files);
  const std::vector<std::string> prompts = {"a naevus on the back", "a naevus on the face"};
  const Matrix texts = encoder.texts(prompts);
  for (const Matrix* m : {&images, &texts}) {
    ASSERT_EQ(m->rows(), 2);
    double norm = 0, difference = 0;
    for (int64_t j = 0; j < 16; ++j) {
      norm += (*m)(0, j) * (*m)(0, j);
      difference += std::abs((*m)(0, j) - (*m)(1, j));
    }
    EXPECT_NEAR(norm, 1, 1e-5);
    EXPECT_GT(difference, 1e-4);
  }
  const std::vector<std::filesystem::path> gone = {folder / "no.png"};
  test::expect_user_error([&] { encoder.images(gone); }, "no such file");
}

}  // namespace
}  // namespace puente
