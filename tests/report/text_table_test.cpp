#include "report/text_table.h"

#include <gtest/gtest.h>
#include <limits>

namespace puente {
namespace {

TEST(TextTable, PadsToTheWidestCellAndCountsLettersNotBytes) {
  TextTable table({"name", "F1"});
  table.add({"naïve", "0.5 ± 1"});
  table.add({"a", "1"});
  EXPECT_EQ(table.text(),
            "name        F1\n"
            "--------------\n"
            "naïve  0.5 ± 1\n"
            "a            1\n");
}

TEST(TextTable, InLatexSpecialSignsAreText) {
  TextTable table({"a_b", "95 %"});
  table.add({"{x} & #1 $", "< 0.001"});
  EXPECT_EQ(table.latex(),
            "\\begin{tabular}{lr}\n\\hline\n"
            "a\\_b & 95 \\% \\\\\n\\hline\n"
            "\\{x\\} \\& \\#1 \\$ & \\textless{} 0.001 \\\\\n"
            "\\hline\n\\end{tabular}\n");
  EXPECT_EQ(latex_text("a\\b~c^d|>"),
            "a\\textbackslash{}b\\textasciitilde{}c\\textasciicircum{}d\\textbar{}\\textgreater{}");
}

TEST(ScoreText, HasFourDigitsAndADashForNothing) {
  EXPECT_EQ(score_text(0.81236), "0.8124");
  EXPECT_EQ(score_text(std::numeric_limits<double>::quiet_NaN()), "-");
  EXPECT_EQ(small_text(0.0123456), "0.0123");
  EXPECT_EQ(small_text(4.5678e-7), "4.57e-07");
  EXPECT_EQ(small_text(-1e-16), "0");
}

}  // namespace
}  // namespace puente
