#include "eval/group_unit.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;
using test::predictions_of;

std::vector<std::string> numbered(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back("patient " + std::to_string(i));
  return names;
}

TEST(GroupUnit, PoolsAsNumpyDoes) {
  const Json golden = Json::parse(test::read_text(test::golden("by_group.json")));
  ASSERT_EQ(golden["pooled"].size(), 2u);
  for (const Json& expected : golden["pooled"]) {
    const Predictions predictions =
        predictions_of(expected["label"], expected["probability_1024ths"]);
    const auto group = expected["group"].get<std::vector<int32_t>>();
    for (const auto& [pooling, name] : {std::pair(Pooling::mean, "mean"), {Pooling::max, "max"}}) {
      SCOPED_TRACE(name);
      const GroupPredictions result = pool_groups(predictions, group, numbered(12), pooling);
      EXPECT_EQ(result.group, expected["pooled_group"].get<std::vector<int32_t>>());
      EXPECT_EQ(result.predictions.label, expected["pooled_label"].get<std::vector<int32_t>>());
      const auto pooled = expected[name].get<std::vector<std::vector<double>>>();
      ASSERT_EQ(result.predictions.probabilities.rows(), static_cast<int64_t>(pooled.size()));
      for (size_t g = 0; g < pooled.size(); ++g) {
        for (size_t k = 0; k < pooled[g].size(); ++k) {
          EXPECT_NEAR(
              result.predictions.probabilities(static_cast<int64_t>(g), static_cast<int64_t>(k)),
              pooled[g][k], 6e-8);  // half a step of a float32 below 1
        }
      }
    }
  }
}

TEST(GroupUnit, ByHand) {
  const Predictions predictions = predictions_of({1, 0, 1}, {{768, 256}, {512, 512}, {256, 768}});
  const std::vector<int32_t> group = {2, 0, 2};
  const GroupPredictions mean = pool_groups(predictions, group, numbered(3), Pooling::mean);
  EXPECT_EQ(mean.group, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(mean.predictions.label, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(mean.predictions.probabilities(1, 0), 0.5f);
  const GroupPredictions max = pool_groups(predictions, group, numbered(3), Pooling::max);
  EXPECT_EQ(max.predictions.probabilities(1, 1), 0.5f);  // 0.75 and 0.75, divided by 1.5
}

TEST(GroupUnit, EachRowAloneIsTheRowsThemselves) {
  const Predictions predictions = predictions_of({1, 0}, {{768, 256}, {500, 524}});
  for (Pooling pooling : {Pooling::mean, Pooling::max}) {
    const GroupPredictions result =
        pool_groups(predictions, std::vector<int32_t>{0, 1}, numbered(2), pooling);
    EXPECT_EQ(result.predictions.probabilities, predictions.probabilities);
    EXPECT_EQ(result.predictions.label, predictions.label);
  }
}

TEST(GroupUnit, NoRowsGiveNoGroups) {
  Predictions none;
  none.probabilities = Matrix(0, 2);
  const GroupPredictions result = pool_groups(none, {}, numbered(4), Pooling::mean);
  EXPECT_TRUE(result.group.empty());
  EXPECT_EQ(result.predictions.probabilities.cols(), 2);
}

TEST(GroupUnit, AGroupOfTwoLabelsIsNamed) {
  const Predictions predictions = predictions_of({0, 0, 1}, {{768, 256}, {500, 524}, {500, 524}});
  test::expect_user_error(
      [&] {
        pool_groups(predictions, std::vector<int32_t>{0, 1, 1}, numbered(2), Pooling::mean);
      },
      "the rows of group 'patient 1' have different labels");
}

}  // namespace
}  // namespace puente
