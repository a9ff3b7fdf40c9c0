#include "compare/paper_figures.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

TEST(PaperFigures, OfItsThreeDataSetsOnly) {
  const auto ham = paper_figures("ham10000", PaperApproach::clip, FusionKind::late);
  ASSERT_TRUE(ham);
  EXPECT_EQ(ham->accuracy, 0.811);
  EXPECT_EQ(ham->epoch, 5);
  EXPECT_EQ(ham->inference_seconds, 0.42);
  EXPECT_FALSE(paper_figures("pad_ufes_20", PaperApproach::clip, FusionKind::late));
}

/// No row is there twice or missing, and none has its neighbour's columns.
TEST(PaperFigures, EachApproachHasItsOwnRow) {
  for (const char* data : {"brset", "ham10000", "satellitebench"}) {
    for (const PaperApproach approach :
         {PaperApproach::dinov2_llama, PaperApproach::clip, PaperApproach::raw}) {
      const auto early = paper_figures(data, approach, FusionKind::early);
      const auto late = paper_figures(data, approach, FusionKind::late);
      ASSERT_TRUE(early && late) << data;
      EXPECT_GT(early->model_megabytes, late->model_megabytes);
      for (const auto& row : {*early, *late}) {
        EXPECT_GE(row.accuracy, row.macro_f1);
        EXPECT_LE(row.accuracy, 1);
        EXPECT_GE(row.epoch, 1);
        EXPECT_LE(row.epoch, 30);
        EXPECT_GT(row.train_seconds, row.inference_seconds);
      }
    }
  }
}

}  // namespace
}  // namespace puente
