#include "report/published_report.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

PublishedVerdict verdict_of(double got) {
  PublishedVerdict verdict;
  verdict.expected.checkpoint = "someone/some-model";
  verdict.expected.source = "a test";
  verdict.expected.what = "logits[0, :2]";
  verdict.expected.picture = "a cat";
  verdict.expected.numbers = {{1.5, -2}};
  verdict.expected.tolerance = 1e-3;
  verdict.got = {{got, -2}};
  verdict.difference = got - 1.5;
  return verdict;
}

TEST(PublishedReport, SaysThatItAgrees) {
  const PublishedVerdict verdict = verdict_of(1.5005);
  EXPECT_EQ(published_json("m", verdict)["agrees"], true);
  EXPECT_EQ(published_text("m", verdict),
            "m: has the form of someone/some-model\n"
            "logits[0, :2] of a test, for picture a cat\n"
            "  published    1.5000   -2.0000   here    1.5005   -2.0000\n"
            "agrees: the largest difference is 0.0005, the tolerance 0.001\n");
}

TEST(PublishedReport, SaysByHowMuchItDiffers) {
  const PublishedVerdict verdict = verdict_of(1.75);
  const Json json = published_json("m", verdict);
  EXPECT_EQ(json["agrees"], false);
  EXPECT_EQ(json["largest_difference"], 0.25);
  EXPECT_NE(published_text("m", verdict).find("differs by 0.25, more than the tolerance 0.001"),
            std::string::npos);
}

}  // namespace
}  // namespace puente
