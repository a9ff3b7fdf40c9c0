#include "compare/comparison.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

ComparedRow costing(const std::string& approach, const std::string& classifier, bool is_raw,
                    EpochSeconds epoch, double once) {
  ComparedRow row{.approach = approach, .inputs = "image + text", .classifier = classifier};
  row.is_raw = is_raw;
  row.cost = ComparedCost{.epoch = epoch, .epochs = 10, .whole = {.once_seconds = once}};
  return row;
}

TEST(Comparison, BreaksEvenWithTheSameKindOfFusionOfRawData) {
  std::vector<ComparedRow> rows = {
      costing("clip", "early", false, {1, 1}, 250), costing("clip", "late", false, {5, 15}, 250),
      costing("raw", "early", true, {8, 4}, 0), costing("raw", "late", true, {8, 4}, 0)};
  rows[2].cost->extrapolated = true;
  rows.push_back({.approach = "columns", .inputs = "tabular", .classifier = "early"});
  const std::vector<ComparedBreakEven> all = break_evens(rows);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].approach, "clip");
  EXPECT_EQ(all[0].raw, "raw");
  EXPECT_EQ(all[0].epochs, 26);      // 250 / (12 - 2) = 25 is a draw
  EXPECT_EQ(all[0].experiments, 3);  // 250 / 100
  EXPECT_TRUE(all[0].extrapolated);
  EXPECT_EQ(all[1].classifier, "late");
  EXPECT_EQ(all[1].epochs, std::nullopt);
  EXPECT_EQ(all[1].experiments, std::nullopt);
  EXPECT_FALSE(all[1].extrapolated);
}

}  // namespace
}  // namespace puente
