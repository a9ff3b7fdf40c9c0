#include "bundle/bundle.h"

#include <bit>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>

#include "bundle/evaluate.h"
#include "data/rows_at.h"
#include "support/files.h"
#include "trained.h"

namespace puente {
namespace {

void save(const Bundle& bundle, const std::filesystem::path& folder) {
  save_fusion_weights(bundle.weights, folder / "model.safetensors");
  save_bundle(bundle, folder);
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, {}, std::bit_cast<uint64_t, double>,
                            std::bit_cast<uint64_t, double>);
}

bool same_bits(const Matrix& a, const Matrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::equal(a.data(), a.data() + a.size(), b.data());
}

TEST(Bundle, IsTheSameToTheLastBitAfterTheRoundTrip) {
  for (const char* align :
       {"none", "normalise", "shift:0.3", "shift-interpolated:-0.7", "noise:0.2+shift-learned",
        "standardise+ridge", "noise+pca:4+whiten", "cca:3+shift-printed:0.5"}) {
    for (const FusionKind fusion : {FusionKind::early, FusionKind::late}) {
      SCOPED_TRACE(align);
      const bool stretched = std::string_view(align).starts_with("shift-interpolated");
      const test::Trained t =
          test::train_one(align, fusion, {.text_dim = stretched ? 12 : 16, .noise = 3});
      const Bundle bundle = t.bundle();
      const test::TemporaryFolder folder;
      save(bundle, folder.path());
      const Bundle loaded = load_bundle(folder.path()).front();
      EXPECT_EQ(loaded.label, "dx");
      EXPECT_EQ(loaded.classes, bundle.classes);
      EXPECT_EQ(loaded.weights, bundle.weights);
      EXPECT_EQ(loaded.alignment.spec(), bundle.alignment.spec());
      EXPECT_EQ(loaded.alignment.lambda(), t.result.weights.lambda.value_or(0));
      EXPECT_EQ(loaded.fitted.temperature, bundle.fitted.temperature);
      ASSERT_EQ(loaded.fitted.thresholds.size(), 6u);
      for (size_t i = 0; i < 6; ++i) {
        const ChosenThreshold& a = loaded.fitted.thresholds[i];
        const ChosenThreshold& b = bundle.fitted.thresholds[i];
        EXPECT_EQ(a.positive_class, b.positive_class);
        EXPECT_EQ(a.wish, b.wish);
        EXPECT_EQ(a.wished, b.wished);
        ASSERT_EQ(a.chosen.has_value(), b.chosen.has_value());
        if (!a.chosen) continue;
        EXPECT_EQ(a.chosen->threshold, b.chosen->threshold);
        EXPECT_EQ(a.chosen->validation.sensitivity, b.chosen->validation.sensitivity);
        EXPECT_EQ(a.chosen->validation.false_positives, b.chosen->validation.false_positives);
        EXPECT_EQ(a.chosen->validation.negative_predictive_value,
                  b.chosen->validation.negative_predictive_value);
      }
      EXPECT_TRUE(same_bits(loaded.image->moments.mean, bundle.image->moments.mean));
      EXPECT_TRUE(same_bits(loaded.text->moments.sd, bundle.text->moments.sd));
      EXPECT_EQ(loaded.image->moments.rows, static_cast<int64_t>(t.split.train.size()));
      EXPECT_EQ(loaded.text->error, bundle.text->error);
      EXPECT_EQ(loaded.recipes.image, t.recipes.image);
      EXPECT_EQ(loaded.recipes.text, t.recipes.text);
      EXPECT_FALSE(loaded.recipes.untrained);
      const AssessmentPlan plan;
      const Matrix all = evaluate_bundle(loaded, t.dataset, plan).predictions.probabilities;
      EXPECT_TRUE(
          same_bits(all, evaluate_bundle(bundle, t.dataset, plan).predictions.probabilities));
      // And what the training itself has scored.
      EXPECT_TRUE(same_bits(rows_at(all, t.split.test), t.result.predictions.probabilities));
    }
  }
}

TEST(Bundle, CarriesTheOrderOfItsClassesAndTheBandsOfItsSubgroups) {
  test::Trained t = test::train_one();
  t.dataset.order = ClassOrder{{1, 2, 0}};
  t.fitted.subgroups = {{"age", {40, 55.1, 70}}, {"sex", {}}};
  const test::TemporaryFolder folder;
  save(t.bundle(), folder.path());
  const Bundle loaded = load_bundle(folder.path()).front();
  ASSERT_TRUE(loaded.order);
  EXPECT_EQ(loaded.order->place, t.dataset.order->place);
  EXPECT_EQ(read_json(folder / "bundle.json")["order"], Json({"c", "a", "b"}));
  ASSERT_EQ(loaded.fitted.subgroups.size(), 2u);
  EXPECT_EQ(loaded.fitted.subgroups[0].column, "age");
  EXPECT_TRUE(same_bits(loaded.fitted.subgroups[0].cuts, {40, 55.1, 70}));
  EXPECT_EQ(loaded.fitted.subgroups[1].column, "sex");
  EXPECT_TRUE(loaded.fitted.subgroups[1].cuts.empty());
}

TEST(Bundle, CarriesWhatItWasTrainedOn) {
  const test::Trained t = test::train_one("shift:0.3");
  Bundle bundle = t.bundle();
  keep_cases(bundle, t.dataset, t.split, "patient");
  const test::TemporaryFolder folder;
  save(bundle, folder.path());
  const Bundle loaded = load_bundle(folder.path()).front();
  ASSERT_TRUE(loaded.training);
  EXPECT_EQ(loaded.training->rows, std::ssize(t.split.train));
  EXPECT_EQ(loaded.training->validation_rows, std::ssize(t.split.validation));
  EXPECT_EQ(loaded.training->test_rows, std::ssize(t.split.test));
  std::vector<int32_t> groups = labels_at(t.dataset.groups.of_row, t.split.train);
  std::ranges::sort(groups);
  const auto repeated = std::ranges::unique(groups);
  EXPECT_EQ(loaded.training->groups, std::ssize(groups) - static_cast<int64_t>(repeated.size()));
  int64_t rows = 0;
  for (const auto& [name, count] : loaded.training->per_class) rows += count;
  EXPECT_EQ(rows, loaded.training->rows);
  EXPECT_EQ(loaded.absent.image, bundle.absent.image);
  EXPECT_EQ(loaded.absent.text, bundle.absent.text);
  EXPECT_EQ(std::ssize(loaded.absent.text), loaded.alignment.aligned_text_dim());
  ASSERT_TRUE(loaded.cases);
  EXPECT_EQ(loaded.cases->names, bundle.cases->names);
  EXPECT_EQ(loaded.cases->labels, bundle.cases->labels);
  EXPECT_TRUE(same_bits(loaded.cases->vectors, bundle.cases->vectors));
  EXPECT_EQ(loaded.cases->column, "patient");
  // Trained again without them, they are gone.
  save(t.bundle(), folder.path());
  EXPECT_FALSE(load_bundle(folder.path()).front().cases);
  EXPECT_FALSE(std::filesystem::exists(folder / kCaseVectors));
  EXPECT_FALSE(std::filesystem::exists(folder / kCaseNames));
}

TEST(Bundle, FromBeforeItSaidWhatItWasTrainedOnIsRead) {
  const test::TemporaryFolder folder;
  save(test::train_one().bundle(), folder.path());
  Json json = read_json(folder / "bundle.json");
  json.erase("training");
  json.erase("absent");
  folder.file("bundle.json", json.dump());
  const Bundle loaded = load_bundle(folder.path()).front();
  EXPECT_FALSE(loaded.training);
  EXPECT_TRUE(loaded.absent.image.empty());
  EXPECT_FALSE(loaded.cases);
}

TEST(Bundle, FromBeforeThereWereOrdersIsRead) {
  const test::TemporaryFolder folder;
  save(test::train_one().bundle(), folder.path());
  Json json = read_json(folder / "bundle.json");
  EXPECT_TRUE(json["order"].is_null());
  json.erase("order");
  json.erase("subgroups");
  folder.file("bundle.json", json.dump());
  const Bundle loaded = load_bundle(folder.path()).front();
  EXPECT_FALSE(loaded.order);
  EXPECT_TRUE(loaded.fitted.subgroups.empty());
}

TEST(Bundle, FromBeforeAlignmentsHadAFileIsRead) {
  for (const char* align : {"none", "normalise", "shift:0.3", "shift-interpolated:-0.7"}) {
    SCOPED_TRACE(align);
    const Bundle bundle = test::train_one(align).bundle();
    const test::TemporaryFolder folder;
    save(bundle, folder.path());
    Json json = read_json(folder / "bundle.json");
    json["align"] = {{"spec", align}, {"gap", Json::array()}};
    if (!bundle.alignment.steps().empty()) {
      json["align"]["gap"] = bundle.alignment.steps().front().image.direction;
    }
    folder.file("bundle.json", json.dump());
    std::filesystem::remove(folder / "alignment.safetensors");
    const EmbeddingTable table = test::made_table({.noise = 3});
    EXPECT_TRUE(same_bits(load_bundle(folder.path()).front().alignment.apply(table).features,
                          bundle.alignment.apply(table).features));
  }
}

TEST(Bundle, OfOneModalityComesBack) {
  test::Trained t = test::train_one();
  EmbeddingTable table = test::made_table();
  table.text = Matrix();
  t.dataset = make_dataset(std::move(table), {.label = "dx", .group = "patient"});
  const RunPlan plan{.epochs = 1};
  t.result =
      run(t.dataset, t.split, align_for(t.dataset, t.split, Protocol::holdout, {}), plan, {});
  t.fitted = {};
  t.recipes = {nullptr, nullptr, true};
  const test::TemporaryFolder folder;
  save(t.bundle(), folder.path());
  const Bundle loaded = load_bundle(folder.path()).front();
  EXPECT_FALSE(loaded.text);
  EXPECT_EQ(loaded.alignment.text_dim(), 0);
  EXPECT_FALSE(loaded.fitted.temperature);
  EXPECT_TRUE(loaded.recipes.image.is_null());
  EXPECT_TRUE(loaded.recipes.untrained);
}

class DamagedBundle : public testing::Test {
 protected:
  DamagedBundle() {
    save(test::train_one("shift:0.3").bundle(), folder_.path());
    json_ = read_json(folder_ / "bundle.json");
  }
  /// What load_bundle() says where `damage` was done to the JSON.
  void expect(const std::function<void(Json&)>& damage, std::string_view part) {
    Json json = json_;
    damage(json);
    folder_.file("bundle.json", json.dump());
    SCOPED_TRACE(part);
    test::expect_user_error([&] { load_bundle(folder_.path()); }, part);
  }

  test::TemporaryFolder folder_;
  Json json_;
};

TEST_F(DamagedBundle, EveryFieldThatIsMissingOrOfAnotherTypeIsNamed) {
  const std::vector<std::string> pointers = {"/format",
                                             "/version",
                                             "/model",
                                             "/model/sha256",
                                             "/label",
                                             "/classes",
                                             "/align",
                                             "/align/spec",
                                             "/align/file",
                                             "/align/sha256",
                                             "/image",
                                             "/image/dim",
                                             "/image/rows",
                                             "/image/mean",
                                             "/image/sd",
                                             "/image/error",
                                             "/image/recipe",
                                             "/text",
                                             "/text/dim",
                                             "/text/rows",
                                             "/text/mean",
                                             "/text/sd",
                                             "/text/error",
                                             "/text/recipe",
                                             "/temperature",
                                             "/thresholds",
                                             "/untrained",
                                             "/thresholds/0/class",
                                             "/thresholds/0/wish",
                                             "/thresholds/0/wished",
                                             "/thresholds/0/threshold",
                                             "/thresholds/0/validation",
                                             "/thresholds/0/validation/true_positives",
                                             "/thresholds/0/validation/false_positives",
                                             "/thresholds/0/validation/true_negatives",
                                             "/thresholds/0/validation/false_negatives"};
  for (const std::string& pointer : pointers) {
    SCOPED_TRACE(pointer);
    const Json::json_pointer at(pointer);
    ASSERT_TRUE(json_.contains(at));
    const std::string name = at.back();
    expect([&](Json& json) { json[at.parent_pointer()].erase(name); }, name + "' is missing");
    // Neither a text, number, list, truth value nor an object fits where another is due.
    for (const Json& other :
         {Json("x"), Json(-1.5), Json::array({"x"}), Json(true), Json::object()}) {
      const Json& own = json_[at];
      if (other.type() == own.type() || (own.is_number() && other.is_number())) continue;
      expect([&](Json& json) { json[at] = other; }, name);
    }
  }
}

TEST_F(DamagedBundle, ValuesThatCannotBeAreRefused) {
  expect([](Json& j) { j["format"] = "puente certificate"; }, "not a bundle");
  expect([](Json& j) { j["version"] = 3; }, "format version 3");
  expect(
      [](Json& j) {
        j["classes"] = {"a", "b"}, j["thresholds"] = Json::array();
      },
      "for 2 classes");
  expect([](Json& j) { j["classes"] = {"a", "b", "b"}; }, "different names");
  expect([](Json& j) { j["align"]["spec"] = "shift:0.4"; }, "'align' is not that of its file");
  expect([](Json& j) { j["align"]["file"] = "../other.safetensors"; }, "'align.file' is not");
  expect([](Json& j) { j["align"]["sha256"] = "0"; }, "alignment.safetensors: not the file that");
  expect([](Json& j) { j["image"] = nullptr; }, "'align' is not that of its file");
  const auto old = [](const char* spec, size_t numbers) {
    return [=](Json& j) {
      j["align"] = {{"spec", spec}, {"gap", std::vector<double>(numbers, 0.5)}};
    };
  };
  expect(old("shift:much", 16), "align.spec");
  expect(old("none", 16), "a list of 0 numbers");
  expect(old("shift:1", 17), "align.gap");
  expect(old("whiten", 0), "an alignment with a file of its own");
  expect(
      [=](Json& j) {
        old("shift:1", 16)(j);
        j["align"]["gap"][3] = nullptr;
      },
      "align.gap");
  expect(
      [=](Json& j) {
        old("shift:1", 16)(j);
        j["image"] = nullptr;
      },
      "align.spec");
  expect(
      [](Json& j) {
        j["align"] = {{"spec", "none"}, {"gap", Json::array()}};
        j["text"] = nullptr;
      },
      "for 3 classes of 16 + 0 numbers");
  expect([](Json& j) { j["image"]["dim"] = 0; }, "image.dim");
  expect([](Json& j) { j["image"]["dim"] = int64_t{1} << 40; }, "image.dim");
  expect([](Json& j) { j["image"]["rows"] = 0; }, "image.rows");
  expect([](Json& j) { j["image"]["mean"].erase(0); }, "a list of 16 numbers");
  expect([](Json& j) { j["text"]["sd"][0] = -1.0; }, "text.sd");
  expect([](Json& j) { j["temperature"] = 0.0; }, "temperature");
  expect([](Json& j) { j["thresholds"][0]["class"] = "z"; }, "one of the classes");
  expect([](Json& j) { j["thresholds"][0]["wish"] = "luck"; }, "sensitivity or specificity");
  expect([](Json& j) { j["thresholds"][1]["validation"]["true_positives"] = -1; }, "thresholds[1]");
  expect([](Json& j) { j["order"] = {"a", "b"}; }, "'order' is not a list of the classes");
  expect([](Json& j) { j["order"] = {"a", "b", "b"}; }, "'order'");
  expect([](Json& j) { j["order"] = {"a", "b", 3}; }, "'order'");
  expect([](Json& j) { j["order"] = "a,b,c"; }, "'order' is not a list");
  expect([](Json& j) { j["subgroups"] = "age"; }, "'subgroups' is not a list");
  const auto rule = [](Json column, Json cuts) {
    return [=](Json& j) {
      j["subgroups"] = Json::array();
      j["subgroups"].push_back(Json::object({{"column", column}, {"cuts", cuts}}));
    };
  };
  expect(rule(3, Json::array()), "'subgroups[0].column'");
  expect(rule("age", {40, "old"}), "'subgroups[0].cuts'");
  expect(rule("age", {60, 40}), "'subgroups[0].cuts' is not a list of ascending numbers");
  expect(rule("age", {40, 40}), "'subgroups[0].cuts'");
  expect([](Json& j) { j["model"]["sha256"] = "0"; }, "not the file that");
}

TEST_F(DamagedBundle, FilesThatAreMissingOrCutAreNamed) {
  test::expect_user_error([&] { load_bundle(folder_ / "gone"); }, "no such folder");
  const std::string whole = test::read_text(folder_ / "bundle.json");
  folder_.file("bundle.json", whole.substr(0, whole.size() / 2));
  test::expect_user_error([&] { load_bundle(folder_.path()); }, "not JSON");
  folder_.file("bundle.json", "[]");
  test::expect_user_error([&] { load_bundle(folder_.path()); }, "its content");
  folder_.file("bundle.json", whole);
  save_fusion_weights(initial_fusion_weights<float>({FusionKind::early, 16, 16, 3}, 5),
                      folder_ / "model.safetensors");
  test::expect_user_error([&] { load_bundle(folder_.path()); }, "not the file that");
  std::filesystem::remove(folder_ / "model.safetensors");
  test::expect_user_error([&] { load_bundle(folder_.path()); }, "model.safetensors: no such file");
  std::filesystem::remove(folder_ / "alignment.safetensors");
  test::expect_user_error([&] { load_bundle(folder_.path()); },
                          "alignment.safetensors: no such file");
  std::filesystem::remove(folder_ / "bundle.json");
  test::expect_user_error([&] { load_bundle(folder_.path()); }, "not a bundle");
}

}  // namespace
}  // namespace puente
