#include "compare/epoch_cost.h"

#include <gtest/gtest.h>

#include "puente/error.h"

namespace puente {
namespace {

TEST(EpochCost, FrozenFeaturesAnewInEachEpoch) {
  // 50 s for 100 rows: half a second each.
  const EpochSeconds epoch = with_features_anew({0.5, 0.25}, 50, 100, 60, 20);
  EXPECT_DOUBLE_EQ(epoch.train, 0.5 + 30);
  EXPECT_DOUBLE_EQ(epoch.inference, 0.25 + 10);
  EXPECT_DOUBLE_EQ(epoch.both(), 40.75);
  EXPECT_THROW(with_features_anew({}, 50, 100, 90, 20), UserError);
  EXPECT_THROW(with_features_anew({}, 50, 0, 0, 0), UserError);
}

TEST(EpochCost, TheWholeIsOnceAndTheEpochsAndOnePrediction) {
  const WholeCost whole = whole_cost({2, 0.5}, 30, 600);
  EXPECT_DOUBLE_EQ(whole.train_seconds, 60);
  EXPECT_DOUBLE_EQ(whole.predict_seconds, 0.5);
  EXPECT_DOUBLE_EQ(whole.seconds(), 660.5);
}

}  // namespace
}  // namespace puente
