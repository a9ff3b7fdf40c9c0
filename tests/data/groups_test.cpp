#include "data/groups.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

TEST(Groups, ClassesRowsAndTheCommonestLabel) {
  const Categories labels = categories_of({"dx", {"b", "a", "b", "c", "a", "b", "c"}}, "t.csv");
  const Categories groups = categories_of({"id", {"x", "x", "x", "y", "y", "z", "y"}}, "t.csv");
  const std::vector<Group> result = groups_of(labels, groups);
  ASSERT_EQ(result.size(), 3u);
  EXPECT_EQ(result[0].rows, 3);
  EXPECT_EQ(result[0].classes, (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(result[0].stratum, 1);
  EXPECT_EQ(result[1].classes, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(result[1].stratum, 2);
  EXPECT_EQ(result[2].rows, 1);
  EXPECT_EQ(groups_per_class(result, 3), (std::vector<int64_t>{2, 2, 1}));
}

TEST(Groups, OnATieTheLowerClassIsTheStratum) {
  const Categories labels = categories_of({"dx", {"b", "a", "c", "c", "b", "b"}}, "t.csv");
  const Categories groups = categories_of({"id", {"x", "x", "y", "y", "y", "y"}}, "t.csv");
  const std::vector<Group> result = groups_of(labels, groups);
  EXPECT_EQ(result[0].stratum, 0);
  EXPECT_EQ(result[1].stratum, 1);
}

TEST(Groups, LabelsAndGroupsOfDifferentTablesAreOurMistake) {
  EXPECT_THROW(groups_of(each_row_alone(3), each_row_alone(4)), InternalError);
}

}  // namespace
}  // namespace puente
