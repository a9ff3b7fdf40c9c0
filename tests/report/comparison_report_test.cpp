#include "report/comparison_report.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace puente {
namespace {

Comparison small_comparison() {
  Comparison comparison{.name = "A & B",
                        .protocol = "holdout",
                        .seeds = 2,
                        .threads = 2,
                        .processor = "a processor",
                        .budget = "20m",
                        .cautions = {"untrained encoder"}};
  ComparedRow clip{.approach = "clip", .inputs = "image + text", .classifier = "early"};
  clip.honest = HonestScores{.accuracy = {0.75, Interval{0.5, 0.875}},
                             .macro_f1 = {0.25, std::nullopt},
                             .seeds = 2,
                             .epochs = {3, 12}};
  clip.optimistic = OptimisticScores{0.875, 30, 0.5, 8};
  clip.cost = ComparedCost{.model_bytes = 3 << 19,
                           .train_bytes = 1 << 20,
                           .test_bytes = 1 << 18,
                           .peak_bytes = 5 << 20,
                           .embed_peak_bytes = 7 << 20,
                           .epoch = {0.5, 0.25},
                           .epochs = 30,
                           .whole = whole_cost({0.5, 0.25}, 30, 1000)};
  clip.published = paper_figures("ham10000", PaperApproach::clip, FusionKind::early);
  ComparedRow raw{
      .approach = "raw, trained", .inputs = "image + text", .classifier = "early", .is_raw = true};
  raw.cost = ComparedCost{.model_bytes = 1 << 20,
                          .epoch = {250, 50.75},
                          .epochs = 30,
                          .whole = whole_cost({250, 50.75}, 30, 0),
                          .extrapolated = true,
                          .measured_share = 0.031};
  ComparedRow head{.approach = "clip", .inputs = "text", .classifier = "ridge"};
  head.honest = HonestScores{.accuracy = {0.5, std::nullopt}, .chosen = "alpha 10"};
  comparison.rows = {clip, raw, head};
  return comparison;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ComparisonReport, MarkdownHasEveryTable) {
  const std::string text = comparison_markdown(small_comparison());
  EXPECT_TRUE(has(text, "# A & B\n")) << text;
  EXPECT_TRUE(has(text, "> untrained encoder\n"));
  EXPECT_TRUE(has(text,
                  "| clip | image + text | early | 0.7500 | 0.5000 to 0.8750 | 0.2500 | - | 3, "
                  "12 | 0.8750 | 30 | 0.5000 | 8 | 0.818 | 0.715 | 21 |"))
      << text;
  EXPECT_TRUE(
      has(text, "| clip | text | ridge | 0.5000 | - | - | - | - | - | - | - | - | - | - | - |"))
      << text;
  EXPECT_TRUE(
      has(text, "| clip | image + text | early | 1.50 | 0.50 | 1.00 | 0.25 | 5.00 | 7.00 |"));
  EXPECT_TRUE(has(text, "| clip | image + text | early | 0.50 | 0.25 | 0.65 | 0.20 |"));
  EXPECT_TRUE(has(text, "| raw, trained | image + text | early | 250* | 50.75* | - | - |")) << text;
  EXPECT_TRUE(has(text, "| clip | image + text | early | 1000 | - | 30 | 15.00 | 0.25 | 1015 |"));
  // 1000 / (300.75 - 0.75) epochs.
  EXPECT_TRUE(has(text, "| clip | raw, trained | early | 4* | 1* |"));
  EXPECT_TRUE(has(text,
                  "\\* raw, trained, early: extrapolated; 3.1 % of an epoch was measured "
                  "within the budget of 20m"));
  EXPECT_FALSE(has(text, "energy"));
}

TEST(ComparisonReport, ColumnsAndTablesThatNothingFillsAreLeftOut) {
  Comparison comparison = small_comparison();
  comparison.rows.erase(comparison.rows.begin() + 1);
  comparison.rows[0].published.reset();
  comparison.rows[0].cost->whole.energy_joules = 12345;
  const std::string text = comparison_markdown(comparison);
  EXPECT_FALSE(has(text, "published a"));
  EXPECT_FALSE(has(text, "paid"));
  EXPECT_TRUE(has(text, "| energy kJ |"));
  EXPECT_TRUE(has(text, "| 1015 | 12.3 |"));
}

TEST(ComparisonReport, EveryLineOfTheCsvHasTheHeadersColumns) {
  const std::string csv = comparison_csv(small_comparison());
  EXPECT_EQ(std::ranges::count(csv, '\n'), 4);
  std::vector<int64_t> commas;
  for (size_t at = 0, end; (end = csv.find('\n', at)) != std::string::npos; at = end + 1) {
    std::string line = csv.substr(at, end - at);
    if (line.starts_with("\"raw, trained\"")) line.erase(0, 14);
    commas.push_back(std::ranges::count(line, ','));
  }
  EXPECT_EQ(commas, std::vector<int64_t>(4, commas[0]));
  EXPECT_TRUE(
      has(csv, "clip,image + text,early,0.75,0.5,0.875,0.25,,,2,3 12,0.875,30,0.5,8,1572864,"))
      << csv;
  EXPECT_TRUE(has(csv, ",yes,0.031,"));
  EXPECT_TRUE(has(break_even_csv(small_comparison()), "clip,\"raw, trained\",early,4,1,yes\n"));
}

TEST(ComparisonReport, JsonHasNullForWhatIsNotThere) {
  const Json json = comparison_json(small_comparison());
  EXPECT_EQ(json["rows"][0]["honest"]["accuracy"]["interval"], Json({0.5, 0.875}));
  EXPECT_TRUE(json["rows"][0]["honest"]["macro_f1"]["interval"].is_null());
  EXPECT_TRUE(json["rows"][1]["honest"].is_null());
  EXPECT_TRUE(json["rows"][2]["cost"].is_null());
  EXPECT_EQ(json["rows"][0]["cost"]["whole"]["seconds"], 1015.25);
  EXPECT_TRUE(json["rows"][0]["cost"]["whole"]["energy_joules"].is_null());
  EXPECT_EQ(json["break_even"][0]["epochs"], 4);
}

TEST(ComparisonReport, LatexSpellsSpecialSigns) {
  const std::string text = comparison_latex(small_comparison());
  EXPECT_TRUE(has(text, "A \\& B: Table 1")) << text;
  EXPECT_TRUE(has(text, "95 \\% interval"));
  EXPECT_EQ(std::ranges::count(text, '{'), std::ranges::count(text, '}'));
  EXPECT_TRUE(has(text, "raw, trained & image + text & early & 250* & 50.75* & - & - \\\\\n"));
}

}  // namespace
}  // namespace puente
