#include "predict/predictor.h"

#include <fstream>
#include <functional>
#include <gtest/gtest.h>

#include "bundle/evaluate.h"
#include "demo/lesions.h"
#include "demo/random_clip.h"
#include "eval/temperature.h"
#include "experiment/run.h"
#include "fusion/trainer.h"
#include "predict/prediction_json.h"
#include "store/table_io.h"
#include "support/files.h"

namespace puente {
namespace {

/// Made-up patients, a tiny encoder, and a bundle trained on their vectors; made once.
class APredictor : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder;
    write_lesions(folder_->path(), {.patients = 24, .size = 40});
    ClipConfig config;
    config.vision = {
        .hidden = 32, .layers = 2, .heads = 2, .mlp = 64, .image_size = 32, .patch_size = 8};
    config.text = {
        .hidden = 32, .layers = 2, .heads = 2, .mlp = 64, .vocabulary = 514, .positions = 32};
    config.projection = 16;
    write_random_clip(*folder_ / "clip", config, 1);
    EmbedRequest request;
    request.job.manifest = read_manifest(*folder_ / "metadata.csv");
    request.job.images = ImageInput{*folder_ / "images"};
    request.job.texts = TextInput{Prompt("{age|int|?}, {sex|unknown}")};
    const std::string clip = (*folder_ / "clip").string();
    request.image_encoder = {clip, {.precision = Precision::int8}};
    request.text_encoder = {clip, {.precision = Precision::fp32}};
    train(request, "normalise");
  }
  static void TearDownTestSuite() { delete folder_; }

  static void train(EmbedRequest request, const std::string& align) {
    Silent silent;
    request.job.out = *folder_ / "table.safetensors";
    embed(request, silent);
    const Dataset dataset = make_dataset(read_table(request.job.out),
                                         {.label = "diagnosis", .group = "patient"});
    const RunPlan plan{.fusion = FusionKind::late, .align = AlignSpec::parse(align), .epochs = 3};
    const Split split = make_split(dataset, plan.protocol);
    const RunResult result =
        run(dataset, split, align_for(dataset, split, plan.protocol.kind, plan.align), plan, {});
    Fitted fitted = fit_assessment(dataset, split, result.chosen_on, {},
                                   {.sensitivity = 0.9, .specificity = {}});
    fitted.temperature = 0.37;
    const Json reports[] = {recipe_json(request)};
    Bundle bundle = make_bundle(dataset, split, result, fitted, recipes_of(reports));
    keep_cases(bundle, dataset, split, "image");
    train_ = split.train;
    std::filesystem::create_directory(*folder_ / "bundle");
    save_fusion_weights(bundle.weights, *folder_ / "bundle/model.safetensors");
    save_bundle(bundle, *folder_ / "bundle");
  }

  /// As `puente evaluate --manifest` goes.
  static Predictions evaluated(const Bundle& bundle, EmbeddingTable& table) {
    RawData raw{read_manifest(*folder_ / "metadata.csv"), (*folder_ / "images").string(), {}, {}};
    EmbedRequest request = embed_alike(bundle, raw);
    request.job.out = *folder_ / "evaluated.csv";
    request.job.threads = 2;
    Silent silent;
    embed(request, silent);
    table = read_table(request.job.out);
    return evaluate_bundle(bundle, dataset_for(bundle, table, {.label = "diagnosis", .group = {}}),
                           {})
        .predictions;
  }

  static std::string picture(const EmbeddingTable& table, int64_t row) {
    return test::read_text(*folder_ / "images" /
                           table.find("image")->values[static_cast<size_t>(row)]);
  }
  static std::span<const std::byte> bytes(const std::string& text) {
    return std::as_bytes(std::span(text));
  }
  static std::vector<std::pair<std::string, std::string>> fields(const EmbeddingTable& table,
                                                                 int64_t row) {
    const auto at = [&](const char* name) {
      return std::pair(std::string(name), table.find(name)->values[static_cast<size_t>(row)]);
    };
    return {at("sex"), at("age")};
  }

  static inline test::TemporaryFolder* folder_ = nullptr;
  static inline std::vector<int32_t> train_;
};

TEST_F(APredictor, SaysToTheLastBitWhatEvaluateSaysOfTheSameRow) {
  const Predictor predictor(*folder_ / "bundle", {}, 100);
  EmbeddingTable table;
  const Predictions expected = evaluated(predictor.labels().front(), table);
  std::vector<std::string> pictures;
  std::vector<Record> records;
  for (int64_t row = 0; row < table.rows(); ++row) pictures.push_back(picture(table, row));
  for (int64_t row = 0; row < table.rows(); ++row) {
    records.push_back({{bytes(pictures[static_cast<size_t>(row)])},
                       predictor.fill(fields(table, row)).text});
    predictor.check(records.back());
  }
  EncoderWorker worker;
  // All at once, one by one, and from the cache.
  const RecordVectors vectors = predictor.encoder().encode(worker, records);
  EXPECT_EQ(vectors.image, table.image);
  EXPECT_EQ(vectors.text, table.text);
  const Predictor fresh(*folder_ / "bundle", {});
  const Predictions tempered = with_temperature(expected, 0.37);
  for (size_t i = 0; i < records.size(); ++i) {
    for (const Predictor* one : {&fresh, &predictor}) {
      const Outcome outcome = one->predict(worker, {&records[i], 1}).front();
      ASSERT_EQ(outcome.problem, "");
      const LabelPrediction& label = outcome.prediction.labels.front();
      const auto row = static_cast<int64_t>(i);
      EXPECT_TRUE(std::ranges::equal(label.raw, expected.probabilities.row_span(row)));
      EXPECT_TRUE(
          std::ranges::equal(label.whole.probabilities, tempered.probabilities.row_span(row)));
    }
  }
}

TEST_F(APredictor, ReplacesAnAbsentHalfByItsMeanInTraining) {
  const Predictor predictor(*folder_ / "bundle", {});
  const Bundle& bundle = predictor.labels().front();
  EmbeddingTable table;
  evaluated(bundle, table);
  const AlignedTable aligned = bundle.alignment.apply(table);
  Matrix image = aligned.features, text = aligned.features;
  for (int64_t j = 0; j < image.cols(); ++j) {
    double mean = 0;
    for (const int32_t row : train_) mean += static_cast<double>(aligned.features(row, j));
    mean /= static_cast<double>(train_.size());
    for (int64_t i = 0; i < image.rows(); ++i) {
      (j < aligned.image_dim ? text : image)(i, j) = static_cast<float>(mean);
    }
  }
  const auto expect_near = [&](const Matrix& features, const LabelProbabilities& found) {
    Matrix expected;
    predict_probabilities(bundle.weights, features,
                          first_numbers(static_cast<size_t>(features.rows())), 1, expected);
    for (int64_t i = 0; i < expected.rows(); ++i) {
      for (int64_t k = 0; k < expected.cols(); ++k) {
        EXPECT_NEAR(expected(i, k), found.raw(i, k), 1e-6);
      }
    }
  };
  const Classified classified = classify(predictor.labels(), table, 2);
  expect_near(image, *classified.labels.front().image_alone);
  expect_near(text, *classified.labels.front().text_alone);
  EXPECT_EQ(classified.labels.front().whole.raw, classify_whole(predictor.labels(), table, 1)[0].raw);
}

TEST_F(APredictor, FindsATrainingCaseAsItsOwnNearest) {
  const Predictor predictor(*folder_ / "bundle", {});
  EmbeddingTable table;
  evaluated(predictor.labels().front(), table);
  const KeptCases& cases = *predictor.labels().front().cases;
  EXPECT_EQ(cases.names.size(), train_.size());
  const int64_t row = train_[3];
  const std::string file = picture(table, row);
  const Record record{{bytes(file)}, predictor.fill(fields(table, row)).text};
  EncoderWorker worker;
  const Prediction prediction = predictor.predict(worker, {&record, 1}).front().prediction;
  ASSERT_EQ(prediction.neighbours->size(), 5u);
  const Neighbour& nearest = prediction.neighbours->front();
  EXPECT_EQ(nearest.name, table.find("image")->values[static_cast<size_t>(row)]);
  EXPECT_EQ(nearest.label, table.find("diagnosis")->values[static_cast<size_t>(row)]);
  EXPECT_NEAR(nearest.similarity, 1, 1e-6);
  EXPECT_LT(prediction.neighbours->back().similarity, nearest.similarity);
}

TEST_F(APredictor, OneBadPictureCostsNoOtherRecord) {
  const Predictor predictor(*folder_ / "bundle", {});
  EmbeddingTable table;
  evaluated(predictor.labels().front(), table);
  const std::string good = picture(table, 0), other = picture(table, 1);
  const std::string cut = good.substr(0, good.size() / 2);
  const Record records[] = {{{bytes(good)}, "a"}, {{bytes(cut)}, "b"}, {{bytes(other)}, "c"}};
  EncoderWorker worker;
  const std::vector<Outcome> outcomes = predictor.predict(worker, records);
  EXPECT_EQ(outcomes[0].problem, "");
  EXPECT_TRUE(outcomes[1].problem.starts_with("image: ")) << outcomes[1].problem;
  EXPECT_EQ(outcomes[2].problem, "");
  const Outcome alone = predictor.predict(worker, {&records[2], 1}).front();
  EXPECT_EQ(outcomes[2].prediction.labels[0].raw, alone.prediction.labels[0].raw);
}

TEST_F(APredictor, SaysWhatIsWrongWithARecord) {
  const Predictor predictor(*folder_ / "bundle", {});
  const std::string none;
  const auto expect = [&](const Record& record, std::string_view part) {
    test::expect_user_error([&] { predictor.check(record); }, part);
  };
  expect({{}, "a"}, "needs a picture");
  expect({{bytes(none)}, {}}, "needs a text");
  expect({{bytes(none), bytes(none)}, "a"}, "2 pictures, and the bundle takes at most 1");
  const auto filled = [&](const char* name, const char* value) {
    const std::pair<std::string, std::string> field(name, value);
    return predictor.fill({&field, 1});
  };
  test::expect_user_error([&] { filled("aeg", "61"); }, "no field 'aeg'; it has age, sex");
  test::expect_user_error([&] { filled("age", "old"); }, "field 'age': 'old' is not a whole number");
  EXPECT_EQ(filled("age", "61.0").text, "61, unknown");
  ASSERT_EQ(filled("age", "61").cautions.size(), 1u);
  EXPECT_EQ(filled("age", "61").cautions[0], "no value for 'sex': the text says 'unknown'");
}

TEST_F(APredictor, ALongTextIsSaidToBeCut) {
  const Predictor predictor(*folder_ / "bundle", {});
  EmbeddingTable table;
  evaluated(predictor.labels().front(), table);
  const std::string file = picture(table, 0);
  std::string text;
  for (int i = 0; i < 50; ++i) text += "ab ";
  const Record record{{bytes(file)}, text};
  EncoderWorker worker;
  const Prediction prediction = predictor.predict(worker, {&record, 1}).front().prediction;
  ASSERT_EQ(prediction.cautions.size(), 1u);
  EXPECT_TRUE(prediction.cautions[0].starts_with("the text was cut at 32 tokens: it has "));
  const Json json = prediction_json(predictor.labels(), prediction);
  EXPECT_EQ(json["text"], text);
  EXPECT_EQ(json["labels"][0]["operating_points"].size(),
            predictor.labels().front().fitted.thresholds.size());
  for (const Json& point : json["labels"][0]["operating_points"]) {
    if (point["threshold"].is_null()) continue;
    EXPECT_EQ(point["reached"].get<bool>(),
              point["probability"].get<float>() >= point["threshold"].get<float>());
  }
}

TEST_F(APredictor, AnOlderBundleStillAnswersForOneHalf) {
  std::vector<Bundle> labels = load_bundle(*folder_ / "bundle");
  EmbeddingTable table;
  evaluated(labels.front(), table);
  labels.front().absent = {};
  const Classified classified = classify(labels, table, 1);
  EXPECT_TRUE(classified.labels.front().image_alone);
  EXPECT_NE(classified.labels.front().image_alone->raw, classified.labels.front().whole.raw);
}

TEST(VectorCacheOfTwo, ForgetsWhatWasUsedLongestAgo) {
  VectorCache cache(2);
  const Digest a = sha256("a"), b = sha256("b"), c = sha256("c");
  cache.put(a, {{1}});
  cache.put(b, {{2}});
  EXPECT_EQ(cache.find(a)->vector, std::vector<float>{1});
  cache.put(c, {{3}});
  EXPECT_FALSE(cache.find(b));
  EXPECT_TRUE(cache.find(a));
  EXPECT_EQ(cache.find(c)->vector, std::vector<float>{3});
}

}  // namespace
}  // namespace puente
