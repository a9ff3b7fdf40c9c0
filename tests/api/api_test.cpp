#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

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

TEST(Classifier, RefusesTablesThatAreNone) {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::function<void(EmbeddingTable&)>& damage,
                           std::string_view part) {
    EmbeddingTable table = test::made_table();
    damage(table);
    const ClassifierOptions options{.label = "dx", .group = "patient", .epochs = 1};
    test::expect_user_error([&] { Classifier::train(table, options); }, part);
    test::expect_user_error([&] { audit(table, options); }, part);
    test::expect_user_error([&] { write_embedding_table(table, folder / "t.csv"); }, part);
    EXPECT_FALSE(std::filesystem::exists(folder / "t.csv"));
  };
  refused([](EmbeddingTable& table) { table.columns.back().values.pop_back(); }, "' has ");
  refused([](EmbeddingTable& table) { table.text = Matrix(3, 16); }, "rows and 3 text vectors");
  refused([](EmbeddingTable& table) { table.image(6, 2) = std::nanf(""); },
          "image vector 7 (from 1) holds a number that is NaN or infinite");
  const Classifier classifier =
      Classifier::train(test::made_table(), {.label = "dx", .group = "patient", .epochs = 1});
  Matrix images(2, 16);
  images(1, 0) = std::numeric_limits<float>::infinity();
  test::expect_user_error([&] { classifier.probabilities(images, Matrix(2, 16)); },
                          "image vector 2 (from 1)");
}

TEST(Classifier, TheAuditReadsWhatIsKnownOfThePictures) {
  const test::TemporaryFolder folder;
  write_embedding_table(test::made_table(), folder / "t.csv");
  const EmbeddingTable table = read_embedding_table(folder / "t.csv");
  const auto finds = [&](std::string_view check) {
    const std::vector<Finding> findings = audit(table, {.label = "dx", .group = "patient"});
    return std::ranges::count(findings, check, &Finding::check) > 0;
  };
  EXPECT_TRUE(finds("images-unread"));
  EXPECT_FALSE(finds("stretched-over-all"));
  // The first column names a picture in every row.
  std::string facts = table.columns.front().name + ",width,height,bytes,phash,phash576\n";
  for (const std::string& name : table.columns.front().values) {
    facts += name + ",10,20,300,0123456789abcdef," + std::string(144, '0') + "\n";
  }
  folder.file("t.images.csv", facts);
  folder.file("t.embed.json", R"({"stretched_over": 12})");
  EXPECT_FALSE(finds("images-unread"));
  EXPECT_TRUE(finds("stretched-over-all"));
  EXPECT_TRUE(finds("shared-near-image"));
  folder.file("t.embed.json", R"({"stretched_over": "all"})");
  test::expect_user_error([&] { finds("images-unread"); }, "is not what `puente embed` writes");
}

/// A note in every row that names its class.
EmbeddingTable leaking_table() {
  EmbeddingTable table = test::made_table();
  Column note{"note", {}};
  for (const std::string& dx : table.columns[2].values) note.values.push_back("class " + dx + "!");
  table.columns.push_back(std::move(note));
  return table;
}

const ClassifierOptions kLeaking{
    .label = "dx", .group = "patient", .epochs = 1, .prompt = "Seen: {note}"};

TEST(Classifier, AnErrorOfTheAuditStopsIt) {
  const EmbeddingTable table = leaking_table();
  test::expect_user_error([&] { Classifier::train(table, kLeaking); },
                          "the leak audit found an error: ");
  test::expect_user_error([&] { Classifier::train(table, kLeaking); }, "despite_leaks");
  const std::vector<Finding> findings = audit(table, kLeaking);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].severity, Severity::error);
  EXPECT_EQ(findings[0].check, "field-determines");
}

TEST(Classifier, TrainedDespiteLeaksItRepeatsThem) {
  ClassifierOptions options = kLeaking;
  options.despite_leaks = true;
  const Classifier classifier = Classifier::train(leaking_table(), options);
  const std::vector<Finding> findings = audit(leaking_table(), options);
  ASSERT_EQ(classifier.findings().size(), findings.size());
  EXPECT_EQ(classifier.findings()[0].message, findings[0].message);
  EXPECT_EQ(classifier.findings()[0].severity, Severity::error);
}

TEST(Classifier, TheAuditReadsThePromptBesideTheTable) {
  const test::TemporaryFolder folder;
  write_embedding_table(leaking_table(), folder / "t.csv");
  ClassifierOptions options = kLeaking;
  options.prompt.clear();
  const EmbeddingTable table = read_embedding_table(folder / "t.csv");
  const auto errors = [&] {
    return std::ranges::count(audit(table, options), Severity::error, &Finding::severity);
  };
  EXPECT_EQ(errors(), 0);
  folder.file("t.embed.json", R"({"prompt": "Seen: {note}", "text_column": null})");
  EXPECT_GT(errors(), 0);
  folder.file("t.embed.json", R"({"prompt": null, "text_column": "note"})");
  EXPECT_GT(errors(), 0);
  folder.file("t.embed.json", R"({"prompt": "Lost: {lost}", "text_column": null})");
  EXPECT_EQ(errors(), 0);
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
  const std::vector<std::vector<std::filesystem::path>> rows = {files, {files[1]}};
  const Matrix means = encoder.images(rows);
  ASSERT_EQ(means.rows(), 2);
  for (int64_t j = 0; j < 16; ++j) {
    EXPECT_EQ(means(0, j), static_cast<float>((double{images(0, j)} + images(1, j)) / 2));
    EXPECT_EQ(means(1, j), images(1, j));
  }
  const std::vector<std::vector<std::filesystem::path>> none = {files, {}};
  test::expect_user_error([&] { encoder.images(none); }, "row 2: it has no picture");
  const std::vector<std::filesystem::path> gone = {folder / "no.png"};
  test::expect_user_error([&] { encoder.images(gone); }, "no such file");
}

}  // namespace
}  // namespace puente
