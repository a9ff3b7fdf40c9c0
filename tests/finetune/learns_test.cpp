// It learns what a frozen model with the same weights cannot know: made-up rows whose label needs
// the pixels of a picture and the order of a text's words (demo/arrangements.h), a small ViT and
// BERT from random weights, all 30 epochs.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "data/rows_at.h"
#include "demo/arrangements.h"
#include "demo/scratch_models.h"
#include "finetune/pixels_and_tokens.h"
#include "finetune/run.h"
#include "fusion/trainer.h"
#include "support/files.h"

namespace puente {
namespace {

double accuracy_of(const Dataset& dataset, const FusionWeights& head, const Matrix& features,
                   const std::vector<int32_t>& rows) {
  Predictions predictions;
  predict_probabilities(head, features, first_numbers(rows.size()), 1, predictions.probabilities);
  predictions.label = labels_at(dataset.labels.of_row, rows);
  return scores_of(dataset, predictions).accuracy;
}

TEST(Finetune, LearnsWhatItsFrozenTwinCannotKnow) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a minute of training, many under a sanitizer";
#endif
  const test::TemporaryFolder folder;
  write_arrangements(folder / "data", {.rows = 600});
  const Manifest manifest = read_manifest(folder / "data/metadata.csv");
  EmbeddingTable columns;
  columns.columns = manifest.columns;
  columns.source = manifest.source;
  const Dataset dataset = make_dataset(columns, {.label = "label", .group = std::nullopt});
  RunPlan plan;
  plan.protocol.chooser = Chooser::validation;
  plan.options.threads = 2;
  const Split split = make_split(dataset, plan.protocol);
  write_scratch_models(folder / "vit", folder / "bert",
                       manifest.column("text", "--text-column").values, 1);
  Silent silent;
  const PixelsAndTokens data({.manifest = manifest,
                              .rows = dataset.table_row,
                              .images = {.folder = folder / "data/images"},
                              .texts = {Prompt::of_column("text"), Truncate::end},
                              .image_model = folder / "vit",
                              .text_model = folder / "bert",
                              .place = folder.path(),
                              .threads = 2},
                             silent);
  FinetunePlan trained;
  trained.run = plan;
  trained.trainer.backbone_rate = 5e-4;
  trained.image_model = folder / "vit";
  trained.text_model = folder / "bert";
  trained.checkpoint = folder / "checkpoint";
  const FinetuneResult result = finetune({dataset, split, data, data.longest_text()}, trained,
                                         {folder / "trained-vit", folder / "trained-bert"}, silent);
  ASSERT_EQ(result.run.epochs.size(), 30u);

  FinetuneOptions options;
  options.classes = dataset.classes();
  options.head.threads = 2;
  const auto features_of = [&](const char* image, const char* text, std::span<const int32_t> rows) {
    return FinetuneTrainer(folder / image, folder / text, options, {}).features(data, rows);
  };
  const double of_trained =
      accuracy_of(dataset, result.run.weights,
                  features_of("trained-vit", "trained-bert", split.test), split.test);
  // The frozen twin: the same head, as many epochs, on vectors of the weights before training.
  const Matrix before = features_of("vit", "bert", first_numbers(600));
  const FusionShape shape = result.run.shape;
  FusionTrainer head(shape, plan.options, {before, dataset.labels.of_row}, split.train, {});
  double of_frozen = 0;
  for (int epoch = 0; epoch < 30; ++epoch) {
    head.train_epoch();
    Matrix test_rows = rows_at(before, split.test);
    of_frozen = std::max(of_frozen, accuracy_of(dataset, head.weights(), test_rows, split.test));
  }
  RecordProperty("trained", std::to_string(of_trained));
  RecordProperty("frozen_at_best", std::to_string(of_frozen));
  EXPECT_GT(of_trained, 0.9);
  EXPECT_LT(of_frozen, 0.75);  // at its best test epoch; half of the rows by either half alone
}

TEST(ScratchModels, TheVocabularyWritesAllTexts) {
  const std::vector<std::string> texts = {"Älter, 40-50", "the older one", "the other one"};
  const std::vector<std::string> tokens = wordpiece_vocabulary(texts);
  const auto has = [&](const char* token) { return std::ranges::count(tokens, token) == 1; };
  for (const char* token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "one", "a", "##r",
                            ",", "-", "4", "##0"}) {
    EXPECT_TRUE(has(token)) << token;
  }
  EXPECT_EQ(tokens.front(), "[PAD]");
  EXPECT_FALSE(has("older"));  // once
  EXPECT_FALSE(has("##,"));    // a word by itself
}

TEST(Arrangements, LabelsAreBalancedAndWordsSayNothing) {
  const test::TemporaryFolder folder;
  write_arrangements(folder.path(), {.rows = 40});
  const Manifest manifest = read_manifest(folder / "metadata.csv");
  const std::vector<std::string>& labels = manifest.column("label", "").values;
  const std::vector<std::string>& texts = manifest.column("text", "").values;
  std::map<std::string, int> of_label;
  std::map<std::string, std::set<std::string>> said_by_words;
  for (size_t row = 0; row < labels.size(); ++row) {
    ++of_label[labels[row]];
    std::string letters = texts[row];
    std::ranges::sort(letters);
    said_by_words[letters].insert(labels[row].substr(labels[row].find('-')));
  }
  EXPECT_EQ(of_label.size(), 4u);
  for (const auto& [label, count] : of_label) EXPECT_EQ(count, 10) << label;
  for (const auto& [letters, said] : said_by_words) EXPECT_EQ(said.size(), 2u) << letters;
  // The same again.
  const std::string csv = test::read_text(folder / "metadata.csv");
  write_arrangements(folder.path(), {.rows = 40});
  EXPECT_EQ(test::read_text(folder / "metadata.csv"), csv);
}

}  // namespace
}  // namespace puente
