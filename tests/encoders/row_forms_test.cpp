#include "encoders/row_forms.h"

#include <gtest/gtest.h>

#include "support/targets.h"

namespace puente {
namespace {

TEST(RowForms, AttentionHasMoreThanSevenBitsOnEveryTarget) {
  test::on_every_target([] {
    EXPECT_NE(usual_forms().attention, IntegerForm::narrow_quads);
    EXPECT_EQ(usual_forms().mlp, best_integer_form());
  });
}

TEST(RowForms, InWords) {
  EXPECT_EQ(in_words(usual_forms(IntegerForm::tiles)), "8-bit rows, tiles (AMX)");
  EXPECT_EQ(in_words(usual_forms(IntegerForm::quads)), "8-bit rows, quads (VNNI)");
  EXPECT_EQ(in_words(usual_forms(IntegerForm::narrow_quads)),
            "7-bit rows, narrow quads (AVX2) in MLPs; 12-bit rows, pairs in attention");
}

}  // namespace
}  // namespace puente
