#include "predict/predictor.h"

#include <gtest/gtest.h>

#include "bundle/evaluate.h"
#include "eval/temperature.h"
#include "experiment/run.h"
#include "fusion/trainer.h"
#include "predict/prediction_json.h"
#include "store/table_io.h"
#include "support/files.h"
#include "support/trained_lesions.h"

namespace puente {
namespace {

/// Made once.
class APredictor : public testing::Test {
 protected:
  static void SetUpTestSuite() { lesions_ = new test::TrainedLesions; }
  static void TearDownTestSuite() { delete lesions_; }

  /// As `puente evaluate --manifest` goes.
  static Predictions evaluated(const Bundle& bundle, EmbeddingTable& table) {
    EmbedRequest request =
        embed_alike(bundle, {lesions_->manifest(), lesions_->images().string(), {}, {}});
    request.job.out = *lesions_ / "evaluated.csv";
    request.job.threads = 2;
    Silent silent;
    embed(request, silent);
    table = read_table(request.job.out);
    return evaluate_bundle(bundle, dataset_for(bundle, table, {.label = "diagnosis", .group = {}}),
                           {})
        .predictions;
  }
  static std::span<const std::byte> bytes(const std::string& text) {
    return std::as_bytes(std::span(text));
  }

  static std::vector<Outcome> outcomes_of(const Predictor& predictor, const RecordEncoder& encoder,
                                          std::span<const Record> records) {
    EncoderWorker worker;
    return predictor.predict(encoder.encode(worker, records), records);
  }
  static std::vector<Outcome> outcomes_of(const Predictor& predictor,
                                          std::span<const Record> records) {
    return outcomes_of(predictor, RecordEncoder(predictor.how()), records);
  }

  static inline const test::TrainedLesions* lesions_ = nullptr;
};

TEST_F(APredictor, SaysToTheLastBitWhatEvaluateSaysOfTheSameRow) {
  const Predictor predictor(lesions_->bundle(), {});
  const RecordEncoder fresh(predictor.how()), remembering(predictor.how(), 100);
  EmbeddingTable table;
  const Predictions expected = evaluated(predictor.labels().front(), table);
  std::vector<std::string> pictures;
  std::vector<Record> records;
  for (int64_t row = 0; row < table.rows(); ++row) pictures.push_back(lesions_->picture(row));
  for (int64_t row = 0; row < table.rows(); ++row) {
    records.push_back(
        {{bytes(pictures[static_cast<size_t>(row)])}, predictor.fill(lesions_->fields(row)).text});
    predictor.check(records.back());
  }
  EncoderWorker worker;
  // All at once, one by one, and from the cache.
  const RecordVectors vectors = remembering.encode(worker, records);
  EXPECT_EQ(vectors.image, table.image);
  EXPECT_EQ(vectors.text, table.text);
  const Predictions tempered = with_temperature(expected, test::TrainedLesions::kTemperature);
  for (size_t i = 0; i < records.size(); ++i) {
    for (const RecordEncoder* one : {&fresh, &remembering}) {
      const Outcome outcome = outcomes_of(predictor, *one, {&records[i], 1}).front();
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
  const Predictor predictor(lesions_->bundle(), {});
  const Bundle& bundle = predictor.labels().front();
  const EmbeddingTable& table = lesions_->table();
  const AlignedTable aligned = bundle.alignment.apply(table);
  Matrix image = aligned.features, text = aligned.features;
  for (int64_t j = 0; j < image.cols(); ++j) {
    double mean = 0;
    for (const int32_t row : lesions_->train_rows())
      mean += static_cast<double>(aligned.features(row, j));
    mean /= static_cast<double>(lesions_->train_rows().size());
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
  EXPECT_EQ(classified.labels.front().whole.raw,
            classify_whole(predictor.labels(), table, 1)[0].raw);
}

TEST_F(APredictor, FindsATrainingCaseAsItsOwnNearest) {
  const Predictor predictor(lesions_->bundle(), {});
  const EmbeddingTable& table = lesions_->table();
  const KeptCases& cases = *predictor.labels().front().cases;
  EXPECT_EQ(cases.names.size(), lesions_->train_rows().size());
  const int64_t row = lesions_->train_rows()[3];
  const std::string file = lesions_->picture(row);
  const Record record{{bytes(file)}, predictor.fill(lesions_->fields(row)).text};
  const Prediction prediction = outcomes_of(predictor, {&record, 1}).front().prediction;
  ASSERT_EQ(prediction.neighbours->size(), 5u);
  const Neighbour& nearest = prediction.neighbours->front();
  EXPECT_EQ(nearest.name, table.find("image")->values[static_cast<size_t>(row)]);
  EXPECT_EQ(nearest.label, table.find("diagnosis")->values[static_cast<size_t>(row)]);
  EXPECT_NEAR(nearest.similarity, 1, 1e-6);
  EXPECT_LT(prediction.neighbours->back().similarity, nearest.similarity);
}

TEST_F(APredictor, OneBadPictureCostsNoOtherRecord) {
  const Predictor predictor(lesions_->bundle(), {});
  const std::string good = lesions_->picture(0), other = lesions_->picture(1);
  const std::string cut = good.substr(0, good.size() / 2);
  const Record records[] = {{{bytes(good)}, "a"}, {{bytes(cut)}, "b"}, {{bytes(other)}, "c"}};
  const RecordEncoder encoder(predictor.how());
  const std::vector<Outcome> outcomes = outcomes_of(predictor, encoder, records);
  EXPECT_EQ(outcomes[0].problem, "");
  EXPECT_TRUE(outcomes[1].problem.starts_with("image: ")) << outcomes[1].problem;
  EXPECT_EQ(outcomes[2].problem, "");
  const Outcome alone = outcomes_of(predictor, encoder, {&records[2], 1}).front();
  EXPECT_EQ(outcomes[2].prediction.labels[0].raw, alone.prediction.labels[0].raw);
}

TEST_F(APredictor, SaysWhatIsWrongWithARecord) {
  const Predictor predictor(lesions_->bundle(), {});
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
  test::expect_user_error([&] { filled("age", "old"); },
                          "field 'age': 'old' is not a whole number");
  EXPECT_EQ(filled("age", "61.0").text, "61, unknown");
  ASSERT_EQ(filled("age", "61").cautions.size(), 1u);
  EXPECT_EQ(filled("age", "61").cautions[0], "no value for 'sex': the text says 'unknown'");
}

TEST_F(APredictor, ALongTextIsSaidToBeCut) {
  const Predictor predictor(lesions_->bundle(), {});
  const std::string file = lesions_->picture(0);
  std::string text;
  for (int i = 0; i < 50; ++i) text += "ab ";
  const Record record{{bytes(file)}, text};
  const Prediction prediction = outcomes_of(predictor, {&record, 1}).front().prediction;
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
  std::vector<Bundle> labels = load_bundle(lesions_->bundle());
  labels.front().absent = {};
  const Classified classified = classify(labels, lesions_->table(), 1);
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
