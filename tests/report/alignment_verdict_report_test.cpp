#include "report/alignment_verdict_report.h"

#include <gtest/gtest.h>
#include <limits>

namespace puente {
namespace {

Gain gain_of(double a, double b, double error, double adjusted_p) {
  Gain gain;
  gain.a.value = a;
  gain.b.value = b;
  gain.difference.value = b - a;
  gain.difference.standard_error = error;
  gain.difference.interval = Interval{b - a - 2 * error, b - a + 2 * error};
  gain.p = adjusted_p / 2;
  gain.adjusted_p = adjusted_p;
  gain.smallest = 2.8 * error;
  return gain;
}

MethodVerdict method_of(const std::string& method, const std::string& chosen, Gain macro_f1,
                        Effect effect) {
  MethodVerdict one;
  one.method = method;
  one.chosen = {chosen};
  one.macro_f1 = one.auc = macro_f1;
  one.effect = effect;
  return one;
}

AlignmentVerdict made_verdict() {
  AlignmentVerdict verdict{.rows = 1700, .groups = 1200, .seeds = 5};
  verdict.baselines = {{FusionKind::early, {"centre"}, {0.7, 0.01}, {0.9, 0.01}}};
  return verdict;
}

TEST(VerdictReport, HelpingAndHurtingAreNamedAndTheStepThatBroughtIt) {
  AlignmentVerdict verdict = made_verdict();
  verdict.methods = {
      method_of("shift", "shift:0.4", gain_of(0.7, 0.72, 0.005, 0.01), Effect::helps),
      method_of("procrustes", "procrustes", gain_of(0.7, 0.65, 0.01, 0.02), Effect::hurts),
      method_of("ridge", "ridge", gain_of(0.7, 0.71, 0.01, 0.4), Effect::cannot_tell)};
  verdict.methods[0].steps = {{"none", 0.69, {}},
                              {"normalise", 0.715, gain_of(0.69, 0.715, 0.005, 0.01)},
                              {"shift", 0.72, gain_of(0.715, 0.72, 0.005, 0.5)}};
  verdict.paper = {{FusionKind::early, 0.71, 0.75, 0.4}};
  EXPECT_EQ(verdict_sentence(verdict),
            "Alignment helps: shift:0.4 with early fusion, +0.0200 macro F1 (+0.0100 to +0.0300). "
            "Other alignment hurts: procrustes with early fusion, -0.0500 macro F1 (-0.0700 to "
            "-0.0300).");
  const std::string text = verdict_text(verdict);
  EXPECT_NE(text.find("on 1700 test rows in 1200 groups, 5 seeds each"), std::string::npos);
  EXPECT_NE(text.find("the step 'normalise' brought most: +0.0250 macro F1"), std::string::npos);
  EXPECT_NE(text.find("(optimistic), would have claimed for shift, early fusion: macro F1 from "
                      "0.7100 without alignment to 0.7500 at lambda 0.4."),
            std::string::npos);
  EXPECT_NE(text.find("is 0.014 to 0.028."), std::string::npos);
  const Json json = verdict_json(verdict);
  EXPECT_EQ(json["methods"][0]["verdict"], "helps");
  EXPECT_EQ(json["methods"][2]["verdict"], "cannot tell");
  EXPECT_EQ(json["methods"][1]["macro_f1"]["p_holm"], 0.02);
  EXPECT_EQ(json["methods"][0]["steps"][1]["step"], "normalise");
  EXPECT_EQ(json["published_protocol"][0]["optimistic"], true);
  const std::string page = verdict_markdown(verdict, "untrained encoder\nno groups\n");
  EXPECT_NE(page.find("# Does alignment help?\n\n> untrained encoder\n> no groups\n\n"),
            std::string::npos);
  EXPECT_NE(page.find("| procrustes | early | procrustes | 0.6500 | -0.0500 |"), std::string::npos);
}

TEST(VerdictReport, WhatCannotBeToldIsSaidWithTheLargestDifferenceOrTheReason) {
  AlignmentVerdict verdict = made_verdict();
  verdict.methods = {
      method_of("shift", "shift:0.4", gain_of(0.7, 0.703, 0.005, 1), Effect::cannot_tell),
      method_of("ridge", "ridge", gain_of(0.7, 0.69, 0.01, 0.4), Effect::cannot_tell)};
  EXPECT_EQ(verdict_sentence(verdict),
            "Cannot tell whether alignment helps: the largest difference is that of ridge with "
            "early fusion, -0.0100 macro F1 (-0.0300 to +0.0100).");
  for (MethodVerdict& one : verdict.methods) {
    one.macro_f1.difference.interval.reset();
    one.macro_f1.difference.why_none = "2 seeds are too few";
    one.macro_f1.p = std::numeric_limits<double>::quiet_NaN();
  }
  EXPECT_EQ(verdict_sentence(verdict), "Cannot tell whether alignment helps: 2 seeds are too few.");
  EXPECT_EQ(verdict_json(verdict)["methods"][0]["macro_f1"]["why_none"], "2 seeds are too few");
}

TEST(VerdictReport, WhereSplitsHaveChosenDifferentlyTheyAreCounted) {
  AlignmentVerdict verdict = made_verdict();
  verdict.methods = {method_of("shift", "", gain_of(0.7, 0.72, 0.005, 0.01), Effect::helps)};
  verdict.methods[0].chosen = {"shift:0.3", "shift:0.4", "shift:0.4"};
  EXPECT_NE(verdict_sentence(verdict).find("shift with early fusion"), std::string::npos);
  EXPECT_NE(verdict_text(verdict).find("lambda 0.4 (2), 0.3 (1)"), std::string::npos);
}

}  // namespace
}  // namespace puente
