#include "results/document.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"
#include "pages/pages.h"
#include "report/geometry_report.h"
#include "results/commands.h"
#include "results/find_results.h"
#include "results/model_card.h"
#include "results/report_file.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

const std::string kHostile =
    "</script><img src=x onerror=alert(1)>\"'&\n\xe2\x80\xa8 ]]> <!-- \\u003c";

/// As `puente train` writes it, of a label of two classes.
Json training(const std::string& a, const std::string& b) {
  Json json = {{"puente", PUENTE_VERSION}};
  json["task"] = {{"type", "binary"}, {"label", a}, {"classes", {a, b}}};
  json["protocol"] = "holdout";
  json["cautions"] = Json::array();
  json["audit"] = Json::array();
  json["group"] = b;
  json["tables"] = {{{"table", "t.csv"}, {"sha256", {{"t.csv", "00"}}}}};
  json["split"] = {{"train", {{"rows", 8}, {"rows_per_class", {{a, 4}, {b, 4}}}}},
                   {"validation", {{"rows", 2}}},
                   {"test", {{"rows", 4}}}};
  json["align"] = "shift:0.4";
  json["fusion"] = {{"kind", "early"}, {"image_dim", 4}, {"text_dim", 4}, {"parameters", 9}};
  json["epochs"] = {{{"epoch", 1},
                     {"train_loss", 0.5},
                     {"validation", {{"accuracy", 0.5}, {"macro_f1", 0.5}, {"loss", 0.7}}}}};
  json["chosen"] = {{"epoch", 1}, {"rule", "best validation macro F1"}};
  json["test"] = {{"accuracy", 0.75}, {"macro_f1", 0.7}, {"auc", nullptr}, {"rows", 4}};
  json["test"]["confusion"] = {{2, 0}, {1, 1}};
  json["test"]["intervals"] = {{"accuracy", {0.5, 0.9}}, {"macro_f1", nullptr}};
  json["options"] = {{"epochs", 30}, {"seed", 3}, {"split_seed", 0}};
  return json;
}

class ResultsFolder : public testing::Test {
 protected:
  void write(const std::string& name, const Json& json) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_file(folder_ / name, json.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  Json only_result() { return report_document({folder_.path()}, folder_.path())["results"][0]; }
  void expect_refused(const std::string& words) {
    try {
      report_document({folder_.path()}, folder_.path());
      FAIL() << "not refused";
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(ResultsFolder, OfEveryKindIsCollected) {
  write("train/metrics.json", training("mel", "nv"));
  Json more = training("mel", "nv");
  more["cost"] = Json::object();
  write("raw/metrics.json", more);
  more = training("mel", "nv");
  more["splits"] = Json::array();
  write("folds/metrics.json", more);
  more = training("mel", "nv");
  more["bundle"] = {{"folder", "train"}};
  write("elsewhere/metrics.json", more);
  more = {{"puente", PUENTE_VERSION}, {"sweep", Json::object()}, {"means", Json::array()}};
  write("align/metrics.json", more);
  write_file(folder_ / "align/sweep.csv", "method,lambda\nshift,0.5\n\"a \"\"b\"\"\",1\n");
  write("simpler/baselines.json", {{"puente", PUENTE_VERSION}});
  write("comparison.json", {{"puente", PUENTE_VERSION}, {"name", "Ours"}});
  write("audit.json", {{"table", "t.csv"}, {"audit", Json::array()}});
  write("t.embed.json", {{"puente", PUENTE_VERSION}});
  write_file(folder_ / "results.csv", "encoder,test_accuracy\nclip,0.5\n");
  write_file(folder_ / "study.toml", "");
  write("other/metrics.json", {{"loss", 0.5}});  // somebody else's
  const Json result = only_result();
  std::vector<std::string> kinds;
  for (const Json& part : result["parts"]) kinds.push_back(part["kind"]);
  EXPECT_EQ(kinds,
            (std::vector<std::string>{"comparison", "study", "audit", "embed", "sweep", "train",
                                      "finetune", "cross_validation", "baselines", "evaluate"}));
  EXPECT_EQ(result["name"], "Ours");
  EXPECT_EQ(result["parts"][1]["tables"]["results"][1], Json({"clip", "0.5"}));
  EXPECT_EQ(result["parts"][4]["tables"]["sweep"][2], Json({"a \"b\"", "1"}));
  EXPECT_EQ(result["parts"][5]["path"], "train");
  EXPECT_EQ(result["parts"][5]["metrics"], training("mel", "nv"));
}

TEST_F(ResultsFolder, EqualGeometriesAreThereOnce) {
  const Json geometry = {{"format", "puente geometry"}, {"version", 1}, {"images", "pictures"}};
  std::filesystem::create_directories(folder_ / "pictures");
  for (const char* name : {"a", "b", "c"}) {
    write(std::string(name) + "/metrics.json", training("mel", "nv"));
    Json own = geometry;
    own["rows"] = name == std::string("c") ? 2 : 1;
    write(std::string(name) + "/geometry.json", own);
  }
  std::filesystem::create_directories(folder_ / "pages/of");
  const Json parts = report_document({folder_.path()}, folder_ / "pages/of")["results"][0]["parts"];
  EXPECT_EQ(parts[0]["geometry"]["images"], "../../pictures");  // from where the page is
  EXPECT_FALSE(parts[1].contains("geometry"));
  EXPECT_EQ(parts[1]["geometry_of"], "a");
  EXPECT_EQ(parts[2]["geometry"]["rows"], 2);
}

TEST_F(ResultsFolder, LeaksAreThereOnceAndWorstFirst) {
  const auto finding = [](const char* severity, const char* message) {
    return Json{{"severity", severity}, {"check", "c"}, {"message", message}};
  };
  Json one = training("mel", "nv"), two = one;
  one["audit"] = {finding("note", "n"), finding("warning", "w")};
  two["audit"] = {finding("warning", "w"), finding("error", "e")};
  write("a/metrics.json", one);
  write("b/metrics.json", two);
  const Json leaks = only_result()["leaks"];
  ASSERT_EQ(leaks.size(), 3u);
  EXPECT_EQ(leaks[0]["message"], "e");
  EXPECT_EQ(leaks[1]["message"], "w");
  EXPECT_EQ(leaks[2]["message"], "n");
  EXPECT_EQ(leaks[0]["in"], Json({"b"}));
  EXPECT_FALSE(leaks[1].contains("in"));  // in all
  EXPECT_EQ(leaks[2]["in"], Json({"a"}));
}

TEST_F(ResultsFolder, WhatCannotBeReadIsSaidInOneLine) {
  expect_refused("nothing of puente's is in it");
  write_file(folder_ / "metrics.json", "{\"puente\": ");
  expect_refused("metrics.json: line 1");
  Json newer = training("mel", "nv");
  newer["puente"] = "99.0.0";
  write("metrics.json", newer);
  expect_refused("metrics.json: written by puente 99.0.0");
  write("metrics.json", training("mel", "nv"));
  write("geometry.json", {{"format", "puente geometry"}, {"version", 2}});
  expect_refused("geometry.json: version 2");
  write("geometry.json", {{"format", "something"}});
  expect_refused("geometry.json: not the 'puente geometry'");
  std::filesystem::remove(folder_ / "geometry.json");
  Json odd = training("mel", "nv");
  odd["task"]["classes"] = "mel";
  odd["split"]["train"]["rows"] = "eight";
  write("metrics.json", odd);
  expect_refused("not as puente writes it");
  try {
    report_document({folder_ / "gone"}, folder_.path());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("no such folder"), std::string::npos);
  }
}

TEST_F(ResultsFolder, HostileNamesStayText) {
  write("metrics.json", training(kHostile, "bad \xff byte"));
  write("sub/metrics.json", training(kHostile, "nv"));
  const Json document = report_document({folder_.path()}, folder_.path());
  if (!pages_are_built()) GTEST_SKIP() << "built without the pages";
  write_report(folder_ / "report.html", document);
  const std::string html = test::read_text(folder_ / "report.html");
  const std::string open = "<script id=\"puente-report\" type=\"application/json\">";
  const size_t begin = html.find(open) + open.size();
  const size_t end = html.find("</script", begin);
  const std::string inside = html.substr(begin, end - begin);
  EXPECT_EQ(inside.find('<'), std::string::npos);
  EXPECT_EQ(parse_json(inside, "report"), document);
  const auto count = [](const std::string& text, const std::string& what) {
    size_t found = 0;
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  EXPECT_EQ(count(html, "</script"), count(std::string(report_page()), "</script"));
  EXPECT_EQ(count(html, "<img"), count(std::string(report_page()), "<img"));
  const std::string card = card_markdown(kHostile, document["results"][0]["card"]);
  EXPECT_EQ(card.find('<'), std::string::npos);
  for (const std::string line : document["results"][0]["again"]) {
    EXPECT_EQ(line.find("puente train"), 0u);
  }
}

TEST_F(ResultsFolder, OfSixteenThousandRowsThePageIsUnderFiveMegabytes) {
  EmbeddingTable table = test::made_table({.rows = 16'000, .image_dim = 4, .text_dim = 4});
  for (std::string& id : table.columns[0].values) id = "ISIC_00" + id + "_of_the_archive.jpg";
  const Dataset dataset = make_dataset(std::move(table), {.label = "dx", .group = "patient"});
  const std::vector<NamedSplit> splits = make_splits(dataset, {});
  write("train/metrics.json", training("mel", "nv"));
  write("align/metrics.json", training("mel", "nv"));
  for (const char* name : {"train", "align"}) {
    write_geometry(folder_ / name, dataset, splits, Protocol::holdout, {});
  }
  if (!pages_are_built()) GTEST_SKIP() << "built without the pages";
  write_report(folder_ / "report.html", report_document({folder_.path()}, folder_.path()));
  EXPECT_LT(std::filesystem::file_size(folder_ / "report.html"), 5'000'000u);
  EXPECT_GT(std::filesystem::file_size(folder_ / "report.html"), 500'000u);
}

TEST_F(ResultsFolder, TheCardFillsInWhatIsKnownAndMarksTheRest) {
  write("metrics.json", training("mel", "nv"));
  const Json card = only_result()["card"];
  const auto text_of = [&](const std::string& item) -> Json {
    for (const Json& section : card) {
      for (const Json& entry : section["entries"]) {
        if (entry["item"] == item) return entry["text"];
      }
    }
    return "no such item";
  };
  EXPECT_EQ(text_of("Accuracy"), "0.7500 (0.5000 to 0.9000)");
  EXPECT_EQ(text_of("Macro F1"), "0.7000 (no interval)");
  EXPECT_TRUE(text_of("AUC").is_null());
  EXPECT_EQ(text_of("Training rows"), "8 (mel 4, nv 4)");
  EXPECT_EQ(text_of("Epoch"), "1 of 1, by the best validation macro F1");
  EXPECT_EQ(text_of("Findings"), "none");
  EXPECT_TRUE(text_of("Intended users").is_null());
  const std::string markdown = card_markdown("x", card);
  EXPECT_NE(markdown.find("- Intended users: **to fill in**"), std::string::npos);
  EXPECT_NE(markdown.find("TRIPOD+AI 8a"), std::string::npos);
  EXPECT_NE(markdown.find("CLAIM 14"), std::string::npos);
}

TEST_F(ResultsFolder, CommandsAreThoseOfTheBookOrOfTheOptions) {
  write("train/metrics.json", training("mel", "my group"));
  const auto lines = commands_again(folder_.path(), find_results(folder_.path()));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0],
            "puente train t.csv --label mel --group 'my group' --fusion early --align "
            "shift:0.4 --protocol holdout --choose validation --epochs 30 --seed 3 --out " +
                (folder_ / "train").string());
  write("run.json", {{"steps", {{"embed", {{"command", {"embed", "--prompt", "Age: {age}."}}}}}}});
  const auto book = commands_again(folder_.path(), find_results(folder_.path()));
  EXPECT_EQ(book, std::vector<std::string>{"puente embed --prompt 'Age: {age}.'"});
}

}  // namespace
}  // namespace puente
