// The trainer of raw data: against PyTorch and transformers (tools/check_finetune.py), and that
// nothing but the rows decides its weights.
#include "finetune/trainer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "demo/random_encoder.h"
#include "encoders/encoder.h"
#include "finetune/made_rows.h"
#include "formats/safetensors.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;

constexpr int64_t kRows = 6, kClasses = 7, kVocabulary = 125, kSide = 32;

class FinetuneTrainerTest : public ::testing::Test {
 protected:
  FinetuneTrainerTest() {
    write_random_encoder(folder_ / "vit", "vit-tiny", {.seed = 12, .bias_noise = 0.1});
    write_random_encoder(folder_ / "bert", "bert-tiny", {.seed = 13, .bias_noise = 0.1});
    rows_.resize(kRows);
    std::iota(rows_.begin(), rows_.end(), 0);
  }

  /// Dropout of both models; 0 for comparisons with others, whose random numbers are others.
  void set_dropout(double p) {
    for (const char* name : {"vit", "bert"}) {
      const std::filesystem::path file = folder_ / name / "config.json";
      Json config = Json::parse(test::read_text(file));
      config["hidden_dropout_prob"] = p;
      config["attention_probs_dropout_prob"] = p;
      write_file(file, config.dump());
    }
  }

  static FinetuneOptions options(FusionKind fusion = FusionKind::early) {
    FinetuneOptions options;
    options.fusion = fusion;
    options.classes = kClasses;
    options.backbone_rate = 1e-3;
    options.steps = 10;
    return options;
  }

  FinetuneTrainer trainer(const FinetuneOptions& options) const {
    return {folder_ / "vit", folder_ / "bert", options, {}};
  }

  std::vector<TensorGradient> gradient(const FinetuneOptions& options) const {
    std::vector<TensorGradient> tensors;
    trainer(options).gradient(data_, rows_, data_.labels(kClasses), tensors);
    return tensors;
  }

  /// All numbers that training moves, after so many steps.
  std::string state(FinetuneTrainer& trainer, int steps) const {
    for (int i = 0; i < steps; ++i) trainer.step(data_, rows_, data_.labels(kClasses));
    trainer.save(folder_ / "state");
    return test::read_text(folder_ / "state");
  }

  test::TemporaryFolder folder_;
  MadeRows data_{kRows, 3, 9, kVocabulary, 1};
  std::vector<int32_t> rows_;
};

void expect_equal(const std::vector<TensorGradient>& a, const std::vector<TensorGradient>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t t = 0; t < a.size(); ++t) {
    EXPECT_EQ(a[t].name, b[t].name);
    EXPECT_EQ(a[t].values, b[t].values) << a[t].name;
  }
}

TEST_F(FinetuneTrainerTest, GradientIsTransformers) {
  set_dropout(0);
  for (const FusionKind fusion : {FusionKind::early, FusionKind::late}) {
    const std::string name = "finetune_" + std::string(name_of(fusion)) + ".json";
    const Json golden = Json::parse(test::read_text(test::golden(name)));
    std::vector<TensorGradient> tensors;
    const double loss =
        trainer(options(fusion)).gradient(data_, rows_, data_.labels(kClasses), tensors);
    EXPECT_NEAR(loss, golden["loss"].get<double>(), 1e-6);
    ASSERT_EQ(tensors.size(), golden["gradient"].size());
    for (const TensorGradient& tensor : tensors) {
      ASSERT_TRUE(golden["gradient"].contains(tensor.name)) << tensor.name;
      const auto expected = golden["gradient"][tensor.name].get<std::vector<double>>();
      double squares = 0, wave = 0;
      for (size_t i = 0; i < tensor.values.size(); ++i) {
        const auto value = static_cast<double>(tensor.values[i]);
        squares += value * value;
        wave += value * std::cos(static_cast<double>(i));
      }
      // Of a key's bias, which is 0 but for rounding, too.
      EXPECT_NEAR(std::sqrt(squares), expected[0], 1e-4 * expected[0] + 1e-6) << tensor.name;
      EXPECT_NEAR(wave, expected[1], 1e-4 * expected[0] + 1e-6) << tensor.name;
    }
  }
}

// Warm-up, clipping, AdamW with two rates, BatchNorm's statistics: the losses of steps that follow
// each other.
TEST_F(FinetuneTrainerTest, LossesAreTransformers) {
  set_dropout(0);
  const Json golden = Json::parse(test::read_text(test::golden("finetune_early.json")));
  FinetuneOptions asked = options();
  asked.warm_up = 0.3;
  asked.clip = 0.5;
  FinetuneTrainer own = trainer(asked);
  const auto losses = golden["losses"].get<std::vector<double>>();
  ASSERT_EQ(losses.size(), 10u);
  for (const double expected : losses) {
    EXPECT_NEAR(own.step(data_, rows_, data_.labels(kClasses)), expected, 2e-4);
  }
  EXPECT_LT(losses.back(), 0.8 * losses.front());
}

TEST_F(FinetuneTrainerTest, GradientDoesNotDependOnMemoryOrThreads) {
  FinetuneOptions asked = options();
  set_dropout(0.2);
  asked.head.dropout = 0.2;
  asked.head.threads = 1;
  asked.activation_bytes = int64_t{1} << 30;  // everything is kept
  const auto expected = gradient(asked);
  asked.head.threads = 3;
  expect_equal(gradient(asked), expected);
  asked.activation_bytes = 1;  // a row at a time, and all but the first again
  expect_equal(gradient(asked), expected);
  asked.activation_bytes = 300'000;
  expect_equal(gradient(asked), expected);
}

TEST_F(FinetuneTrainerTest, DropoutDropsInEveryStepAnew) {
  set_dropout(0.5);
  FinetuneOptions asked = options();
  asked.head.learning_rate = 0;
  asked.backbone_rate = 0;
  FinetuneTrainer own = trainer(asked);
  const double first = own.step(data_, rows_, data_.labels(kClasses));
  EXPECT_NE(own.step(data_, rows_, data_.labels(kClasses)), first);
  set_dropout(0);
  FinetuneTrainer without = trainer(asked);
  const double again = without.step(data_, rows_, data_.labels(kClasses));
  EXPECT_NE(again, first);
  EXPECT_EQ(without.step(data_, rows_, data_.labels(kClasses)), again);
}

TEST_F(FinetuneTrainerTest, GoesOnFromACheckpointToTheLastBit) {
  set_dropout(0.1);
  FinetuneTrainer whole = trainer(options());
  const std::string expected = state(whole, 4);
  FinetuneTrainer first = trainer(options());
  state(first, 2);
  FinetuneTrainer second = trainer(options());
  second.load(folder_ / "state");
  EXPECT_EQ(second.steps_taken(), 2);
  EXPECT_TRUE(state(second, 2) == expected);
  // Of another training.
  FinetuneOptions other = options();
  other.backbone_rate = 2e-3;
  FinetuneTrainer third = trainer(other);
  test::expect_user_error([&] { third.load(folder_ / "state"); }, "is of another training");
  folder_.file("state", "short");
  test::expect_user_error([&] { third.load(folder_ / "state"); }, "state");
}

TEST_F(FinetuneTrainerTest, TrainsTheLastBlocksAlone) {
  FinetuneOptions asked = options();
  set_dropout(0);
  const auto all = gradient(asked);
  asked.trained_blocks = 1;
  const auto last = gradient(asked);
  EXPECT_LT(last.size(), all.size());
  for (const TensorGradient& tensor : last) {
    const auto found = std::ranges::find(all, tensor.name, &TensorGradient::name);
    ASSERT_NE(found, all.end());
    EXPECT_EQ(tensor.values, found->values) << tensor.name;
    EXPECT_TRUE(tensor.name.starts_with("head.") ||
                tensor.name.starts_with("image.encoder.layer.2.") ||
                tensor.name.starts_with("image.layernorm.") ||
                tensor.name.starts_with("text.encoder.layer.1."))
        << tensor.name;
  }
  FinetuneTrainer own = trainer(asked);
  own.step(data_, rows_, data_.labels(kClasses));
  own.step(data_, rows_, data_.labels(kClasses));
  own.write_image_model(folder_ / "moved");
  const Checkpoint before(folder_ / "vit"), after(folder_ / "moved");
  for (const std::string& name : before.names()) {
    const bool same = std::ranges::equal(before.tensor(name).bytes, after.tensor(name).bytes);
    const bool trained = name.starts_with("encoder.layer.2.") || name.starts_with("layernorm.");
    EXPECT_EQ(same, !trained) << name;
  }
  asked.trained_blocks = 3;
  test::expect_user_error([&] { trainer(asked); }, "bert: has 2 layers; 3 of them");
}

TEST_F(FinetuneTrainerTest, WritesFoldersThatTheEncodersRead) {
  for (const bool quirks : {false, true}) {
    write_random_encoder(folder_ / "vit", "vit-tiny", {.seed = 1, .quirks = quirks});
    write_random_encoder(folder_ / "bert", "bert-tiny", {.seed = 2, .quirks = quirks});
    FinetuneTrainer own = trainer(options());
    for (int i = 0; i < 3; ++i) own.step(data_, rows_, data_.labels(kClasses));
    const Matrix features = own.features(data_, rows_);
    own.write_image_model(folder_ / "image");
    own.write_text_model(folder_ / "text");
    const LoadedEncoder image =
        load_encoder(folder_ / "image", {.image = true, .text = false}, {.image_pool = Pool::cls});
    const LoadedEncoder text =
        load_encoder(folder_ / "text", {.image = false, .text = true}, {.text_pool = Pool::cls});
    EncoderWorker worker;
    for (int64_t row = 0; row < kRows; ++row) {
      std::vector<float> pixels(3 * kSide * kSide);
      data_.pixels(row, pixels);
      Matrix vector(1, 48), words(1, 32);
      image.image->encode(worker, pixels, vector.view());
      const std::span<const int32_t> ids = data_.tokens(row);
      const TokenizedText tokens{{ids.begin(), ids.end()},
                                 static_cast<int64_t>(ids.size()),
                                 static_cast<int64_t>(ids.size())};
      text.text->encode(worker, {&tokens, 1}, words.view());
      for (int64_t c = 0; c < 48; ++c) ASSERT_NEAR(vector(0, c), features(row, c), 2e-4);
      for (int64_t c = 0; c < 32; ++c) ASSERT_NEAR(words(0, c), features(row, 48 + c), 2e-4);
    }
  }
}

TEST_F(FinetuneTrainerTest, ProbabilitiesAndLossAreOfTheFeatures) {
  FinetuneTrainer own = trainer(options());
  for (int i = 0; i < 10; ++i) own.step(data_, rows_, data_.labels(kClasses));
  const Matrix features = own.features(data_, rows_);
  const Matrix probabilities = own.probabilities(features);
  const std::vector<int32_t> label = data_.labels(kClasses);
  double loss = 0;
  for (int64_t r = 0; r < kRows; ++r) {
    loss -= std::log(static_cast<double>(probabilities(r, label[static_cast<size_t>(r)]))) / kRows;
  }
  EXPECT_NEAR(own.loss(features, label), loss, 1e-5);
}

TEST_F(FinetuneTrainerTest, SaysWhatItNeeds) {
  FinetuneOptions asked = options();
  asked.activation_bytes = 1;
  const FinetuneMemory least = trainer(asked).memory(9);
  asked.activation_bytes = int64_t{1} << 40;
  const FinetuneMemory most = trainer(asked).memory(9);
  EXPECT_EQ(least.weights, most.weights);
  EXPECT_LT(least.activations, most.activations);
  // transformers' ViTModel and BertModel without poolers, and the head.
  EXPECT_EQ(most.parameters, most.trained);
  int64_t numbers = 0;
  for (const TensorGradient& tensor : gradient(asked)) {
    numbers += static_cast<int64_t>(tensor.values.size());
  }
  EXPECT_EQ(most.parameters, numbers);
}

TEST_F(FinetuneTrainerTest, RefusesOtherModels) {
  write_random_encoder(folder_ / "dino", "dinov2-tiny", {});
  const auto made = [&](const char* image, const char* text) {
    return [this, image, text] {
      FinetuneTrainer own(folder_ / image, folder_ / text, options(), {});
    };
  };
  test::expect_user_error(made("dino", "bert"), "model_type is not \"vit\"");
  test::expect_user_error(made("vit", "vit"), "model_type is not \"bert\"");
  test::expect_user_error(made("nothing", "bert"), "nothing");
  Json config = Json::parse(test::read_text(folder_ / "vit/config.json"));
  config["hidden_act"] = "relu";
  write_file(folder_ / "vit/config.json", config.dump());
  test::expect_user_error(made("vit", "bert"), "hidden_act is not GELU");
}

}  // namespace
}  // namespace puente
