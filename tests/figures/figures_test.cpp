#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

#include "experiment/protocol.h"
#include "figures/axes.h"
#include "figures/svg.h"
#include "figures/write_figures.h"
#include "report/geometry_report.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

/// Every element ends, in order, and text holds no bare sign of XML: enough of its grammar for what
/// Svg writes. Tests of the program parse its files with Python's XML parser.
void expect_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t at = 0; at < xml.size();) {
    if (xml[at] == '&') {
      const std::string entity = xml.substr(at, xml.find(';', at) - at + 1);
      EXPECT_TRUE(std::set<std::string>({"&amp;", "&lt;", "&gt;", "&quot;"}).contains(entity))
          << entity;
    }
    if (xml[at] != '<') {
      EXPECT_TRUE(xml[at] == '\n' || static_cast<unsigned char>(xml[at]) >= 0x20);
      ++at;
      continue;
    }
    const size_t end = xml.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.starts_with('/')) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), tag.substr(1));
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
    EXPECT_EQ(std::ranges::count(tag, '"') % 2, 0) << tag;
    at = end + 1;
  }
  EXPECT_TRUE(open.empty());
}

Json sweep_of(const std::string& method) {
  Json json = {{"sweep", {{"seeds", 3}}}, {"means", Json::array()}, {"chosen", Json::array()}};
  for (const char* fusion : {"early", "late"}) {
    for (double lambda : {-1.0, 0.0, 1.0}) {
      Json scores = {{"accuracy", 0.7 + lambda / 10}, {"macro_f1", 0.6}, {"auc", nullptr}};
      scores["accuracy_interval"] = {0.5, 0.9};
      scores["macro_f1_interval"] = nullptr;
      json["means"].push_back(
          {{"method", method}, {"lambda", lambda}, {"fusion", fusion}, {"test", scores}});
    }
  }
  return json;
}

Json document_of(const std::string& name, const Json& geometry) {
  Json training = {{"task", {{"classes", {name, "b"}}}}, {"align", "shift:0.4"}};
  training["test"] = {{"confusion", {{3, 0}, {1, 2}}}};
  training["epochs"] = {
      {{"epoch", 1}, {"train_loss", 0.4}, {"validation", {{"loss", nullptr}, {"accuracy", 1.0}}}}};
  training["assessment"] = {{"calibration",
                             {{"expected_error", 0.1},
                              {"bins",
                               {{{"lower", 0.0},
                                 {"upper", 0.5},
                                 {"rows", 0},
                                 {"mean_confidence", nullptr},
                                 {"share_correct", nullptr}},
                                {{"lower", 0.5},
                                 {"upper", 1.0},
                                 {"rows", 6},
                                 {"mean_confidence", 0.8},
                                 {"share_correct", 0.7}}}}}}};
  const Json curve = {{"name", name},
                      {"auc", 0.7},
                      {"average_precision", nullptr},
                      {"roc", {{0, 0, nullptr}, {0.5, 1, 0.3}, {1, 1, 0.1}}},
                      {"precision_recall", {{0, 1, nullptr}, {1, 0.5, 0.1}}}};
  Json baselines = {{"learning_curve", Json::array()}};
  baselines["learning_curve"].push_back(
      {{"rows", 10}, {"test", {{"macro_f1", 0.5}, {"intervals", {{"macro_f1", {0.4, 0.6}}}}}}});
  Json parts = Json::array();
  parts.push_back({{"name", name}, {"kind", "sweep"}, {"metrics", sweep_of(name)}});
  parts.push_back({{"name", name},
                   {"kind", "train"},
                   {"metrics", training},
                   {"curves", {{"classes", Json::array({curve})}}}});
  if (!geometry.is_null()) parts.back()["geometry"] = geometry;
  parts.push_back({{"name", name}, {"kind", "baselines"}, {"metrics", baselines}});
  return {{"results", Json::array({{{"name", name}, {"parts", parts}}})}};
}

Json geometry_of(int64_t rows) {
  const test::TemporaryFolder folder;
  const Dataset dataset =
      make_dataset(test::made_table({.rows = rows, .image_dim = 5, .text_dim = 5}),
                   {.label = "dx", .group = "patient"});
  write_geometry(folder.path(), dataset, make_splits(dataset, {}), Protocol::holdout, {});
  return read_json(folder / "geometry.json");
}

TEST(Figures, OfAllKindsAreWellFormedWhateverThingsAreCalled) {
  const Json geometry = geometry_of(60);
  for (const std::string& name :
       {std::string("mel"), std::string("</text><script>alert(1)</script>"),
        std::string("\"'&<>]]>\n\t\x01\x7f"), std::string("a\xffz \xe2\x80\xa8 \xef\xbf\xbe é"),
        std::string("../../etc/passwd"), std::string(3000, 'W')}) {
    SCOPED_TRACE(name.substr(0, 40));
    const std::vector<FigureFile> figures = figures_of(document_of(name, geometry));
    EXPECT_EQ(figures.size(), 9u);
    std::set<std::string> names;
    for (const FigureFile& figure : figures) {
      SCOPED_TRACE(figure.name);
      EXPECT_TRUE(names.insert(figure.name).second);
      EXPECT_EQ(figure.name.find('/'), std::string::npos);
      EXPECT_FALSE(figure.name.starts_with('.'));
      expect_well_formed(figure.svg);
      EXPECT_EQ(figure.svg.find("<script"), std::string::npos);
      EXPECT_EQ(figure.svg.find("nan"), std::string::npos);
      EXPECT_EQ(figure.svg.find("inf"), std::string::npos);
    }
  }
}

TEST(Figures, OfSixteenThousandRowsAreOfASensibleSize) {
  for (const FigureFile& figure : figures_of(document_of("x", geometry_of(16'000)))) {
    EXPECT_LT(figure.svg.size(), 2'000'000u) << figure.name;
  }
}

TEST(Figures, AreWrittenUnderTheirNames) {
  const test::TemporaryFolder folder;
  const std::vector<FigureFile> figures = figures_of(document_of("train", nullptr));
  write_figures(folder / "new/figures", figures);
  EXPECT_EQ(test::read_text(folder / "new/figures/train-roc.svg"),
            std::ranges::find(figures, "train-roc.svg", &FigureFile::name)->svg);
}

TEST(Axes, TicksAreRoundNumbersInTheRange) {
  const auto texts = [](Range range, int wanted) {
    std::vector<std::string> words;
    const std::vector<double> ticks = ticks_in(range, wanted);
    for (double t : ticks)
      words.push_back(tick_text(t, ticks.size() > 1 ? ticks[1] - ticks[0] : 1));
    return words;
  };
  EXPECT_EQ(texts({0, 1}, 5), (std::vector<std::string>{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(texts({-1, 1}, 4), (std::vector<std::string>{"−1.0", "−0.5", "0", "0.5", "1.0"}));
  EXPECT_EQ(texts({0.61, 0.94}, 4), (std::vector<std::string>{"0.7", "0.8", "0.9"}));
  EXPECT_EQ(texts({0, 13012}, 3), (std::vector<std::string>{"0", "5000", "10,000"}));
  EXPECT_EQ(texts({0.5, 0.57}, 3), (std::vector<std::string>{"0.500", "0.525", "0.550"}));
  EXPECT_EQ(ticks_in({2, 2}, 5), std::vector<double>{2});
}

TEST(Svg, TextIsXmlAndShortWhereItIsTold) {
  EXPECT_EQ(xml_text("a<b>&\"\x02"), "a&lt;b&gt;&amp;&quot; ");
  EXPECT_EQ(xml_text("\xc3"), "\xef\xbf\xbd");
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "ab…");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
}

}  // namespace
}  // namespace puente
