#include "report/study_report.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

StudyRow study_row(const std::string& protocol, double validation, double test) {
  StudyRow row;
  row.encoder = "clip";
  row.protocol = protocol;
  row.inputs = "image + text";
  row.classifier = "early, none";
  row.validation = {{"macro_f1", validation}};
  row.test = {{"macro_f1", test}, {"intervals", {{"macro_f1", {test - 0.1, test + 0.1}}}}};
  return row;
}

TEST(StudyReport, TheBestIsThatOfTheValidationRowsInEachProtocol) {
  std::vector<StudyRow> rows = {study_row("holdout", 0.5, 0.9), study_row("holdout", 0.7, 0.4),
                                study_row("holdout", 0.7, 0.8), study_row("kfold", 0.3, 0.9),
                                study_row("paper", 0, 1)};
  rows[4].validation = nullptr;
  StudyRow simpler = study_row("holdout", 0, 1);
  simpler.validation = nullptr;
  rows.push_back(simpler);
  mark_best(rows);
  std::vector<bool> marked;
  for (const StudyRow& row : rows) marked.push_back(row.is_best);
  EXPECT_EQ(marked, (std::vector<bool>{false, true, false, true, false, false}));
  // A table is in the order of validation.
  const std::string text = study_text({rows[0], rows[1]});
  EXPECT_LT(text.find("0.7000"), text.find("0.5000"));
  EXPECT_NE(text.find("0.3000 to 0.5000"), std::string::npos) << text;
  EXPECT_NE(text.find("early, none *"), std::string::npos);
}

TEST(StudyReport, FiguresOfOneSplitAndOfSeveral) {
  StudyRow one;
  add_training_scores(Json::parse(R"({"chosen": {"epoch": 2}, "test": {"macro_f1": 0.5},
                      "epochs": [{"validation": {"macro_f1": 0.1}},
                                 {"validation": {"macro_f1": 0.6}}]})"),
                      one);
  EXPECT_EQ(one.validation["macro_f1"], 0.6);
  StudyRow several;
  add_training_scores(
      Json::parse(R"({"test": {"macro_f1": {"mean": 0.5, "sd": null}, "repeats": []},
                      "splits": [{"validation": {"accuracy": 1, "macro_f1": 0.2, "auc": null}},
                                 {"validation": {"accuracy": 0, "macro_f1": 0.4, "auc": 1}}]})"),
      several);
  EXPECT_DOUBLE_EQ(several.validation["macro_f1"].get<double>(), 0.3);
  EXPECT_DOUBLE_EQ(several.validation["accuracy"].get<double>(), 0.5);
  const Json json = study_json({several});
  EXPECT_EQ(json[0]["test"]["macro_f1"], 0.5);
  EXPECT_TRUE(json[0]["validation"]["auc"].is_null());
  EXPECT_TRUE(json[0]["test"]["intervals"]["macro_f1"].is_null());
  StudyRow paper;
  add_training_scores(Json::parse(R"({"chosen": {"epoch": 1}, "test": {"macro_f1": 0.5},
                                      "epochs": [{"test": {"macro_f1": 0.6}}]})"),
                      paper);
  EXPECT_TRUE(paper.validation.is_null());
}

TEST(StudyReport, SimplerClassifiersAndTheFile) {
  StudyRow like = study_row("holdout", 0.5, 0.6);
  like.prompt = "a, b";
  const auto simpler = baseline_rows(Json::parse(R"({"classifiers": [
        {"inputs": "image + text", "classifier": "fusion", "test": {"macro_f1": 0.6}},
        {"inputs": "text", "classifier": "ridge",
         "test": {"macro_f1": 0.25, "intervals": {"macro_f1": [0, 0.5], "auc": null}}}]})"),
                                     like);
  ASSERT_EQ(simpler.size(), 1u);
  like.is_best = true;
  StudyRow other = simpler[0];
  other.prompt = "b";
  const std::string text = study_text({like, simpler[0], other});
  EXPECT_NE(text.find("ridge"), std::string::npos);
  EXPECT_EQ(text.find("ridge"), text.rfind("ridge"));
  EXPECT_NE(text.find("\n1 simpler classifiers beside the others are in results.csv"),
            std::string::npos);
  EXPECT_EQ(study_csv({like, simpler[0]}),
            "encoder,prompt,protocol,inputs,classifier,best_by_validation,validation_accuracy,"
            "validation_macro_f1,validation_auc,test_accuracy,test_accuracy_low,test_accuracy_high,"
            "test_macro_f1,test_macro_f1_low,test_macro_f1_high,test_auc,test_auc_low,"
            "test_auc_high,folder\n"
            "clip,\"a, b\",holdout,image + text,\"early, none\",yes,,0.5,,,,,0.6,0.5,0.7,,,,\n"
            "clip,\"a, b\",holdout,text,ridge,,,,,,,,0.25,0,0.5,,,,\n");
}

}  // namespace
}  // namespace puente
