#include "report/baselines_report.h"

#include <algorithm>

#include "experiment/cross_validation.h"
#include "report/cross_validation_report.h"
#include "report/text_table.h"
#include "store/table_io.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

class BaselinesReport : public testing::Test {
 protected:
  BaselinesReport() {
    write_table(test::made_table(), folder_ / "t.csv");
    dataset_ = make_dataset(read_table(folder_ / "t.csv"), {.label = "dx", .group = "patient"});
    plan_.fusion.protocol.chooser = Chooser::validation;
    plan_.fusion.epochs = 2;
    plan_.seeds = 2;
    plan_.heads = {HeadSpec::parse("prototypes")};
    split_ = make_split(dataset_, plan_.fusion.protocol);
  }
  Baselines compared() {
    Silent silent;
    return compare_baselines(dataset_, split_, plan_, silent);
  }
  RunContext context() { return {{(folder_ / "t.csv").string()}, 1.5}; }

  test::TemporaryFolder folder_;
  Dataset dataset_;
  BaselinesPlan plan_;
  Split split_;
};

TEST_F(BaselinesReport, JsonHoldsEveryClassifierAndItsDifference) {
  plan_.learning_curve = true;
  const Baselines result = compared();
  const Json json =
      parse_json(baselines_json(dataset_, split_, plan_, result, context()).dump(), "made");
  ASSERT_EQ(json["classifiers"].size(), result.contenders.size());
  EXPECT_FALSE(json["classifiers"][0].contains("less_the_first"));
  const Json& second = json["classifiers"][1];
  EXPECT_EQ(second["inputs"], "image + text");
  EXPECT_EQ(second["classifier"], "late fusion");
  EXPECT_EQ(second["test"]["macro_f1"], result.contenders[1].scores.macro_f1);
  EXPECT_EQ(second["less_the_first"]["p_holm"], result.contenders[1].macro_f1->adjusted_p);
  EXPECT_EQ(json["fusion"], "early");
  EXPECT_EQ(json["seed_sd_of_the_first"], result.contenders[1].macro_f1->a.seed_sd);
  EXPECT_EQ(json["one_half_absent"]["image"]["accuracy"], result.without_image->accuracy);
  EXPECT_EQ(json["learning_curve"].size(), 6u);
  EXPECT_EQ(json["group"], "patient");
}

TEST_F(BaselinesReport, FewTestGroupsGiveNullAndSayWhy) {
  split_.test.resize(12);
  const Baselines result = compared();
  const std::string dumped = baselines_json(dataset_, split_, plan_, result, context()).dump();
  const Json json = parse_json(dumped, "made");
  const Json& difference = json["classifiers"][1]["less_the_first"];
  EXPECT_TRUE(difference["p"].is_null() && difference["p_holm"].is_null());
  EXPECT_TRUE(difference["interval"].is_null());
  EXPECT_TRUE(difference["smallest_that_could_show"].is_null());
  EXPECT_TRUE(json["classifiers"][0]["test"]["intervals"].contains("why_none"));
  const std::string text = baselines_text(dataset_, split_, plan_, result, context());
  EXPECT_NE(text.find("no intervals: "), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("could have gone unseen"), std::string::npos);
  write_baselines(folder_.path(), result, json);
  EXPECT_EQ(test::read_text(folder_ / "baselines.csv").find("nan"), std::string::npos);
}

TEST_F(BaselinesReport, AreasOfSeveralClassesHaveADelongTestEachInTheJsonAlone) {
  const Baselines result = compared();
  const Json json =
      parse_json(baselines_json(dataset_, split_, plan_, result, context()).dump(), "made");
  const Contender& second = result.contenders[1];
  const Json& auc = json["classifiers"][1]["less_the_first"]["auc"];
  EXPECT_EQ(auc["difference"], second.auc->difference.value);
  EXPECT_EQ(auc["p_holm"], second.auc->adjusted_p);
  ASSERT_EQ(auc["delong"].size(), 3u);
  EXPECT_EQ(auc["delong"]["b"]["difference"], second.delong[1].difference);
  // 240 rows have no 20 groups of a class in their test part.
  EXPECT_TRUE(auc["delong"]["b"]["p"].is_null());
  EXPECT_NE(auc["delong"]["b"]["why_none"].get<std::string>().find("DeLong's test needs 20"),
            std::string::npos);
  const std::string text = baselines_text(dataset_, split_, plan_, result, context());
  EXPECT_NE(text.find("AUC"), std::string::npos);
  EXPECT_EQ(text.find("DeLong"), std::string::npos);
}

TEST_F(BaselinesReport, TwoClassesShowDelongsPBesideTheBootstraps) {
  for (const int64_t rows : {240, 800}) {
    SCOPED_TRACE(rows);
    write_table(test::made_table({.rows = rows, .classes = 2, .noise = 6}), folder_ / "t.csv");
    dataset_ = make_dataset(
        read_table(folder_ / "t.csv"),
        {.label = "dx", .group = "patient", .ordinal = std::vector<std::string>{"b", "a"}});
    split_ = make_split(dataset_, plan_.fusion.protocol);
    const Baselines result = compared();
    const std::string text = baselines_text(dataset_, split_, plan_, result, context());
    EXPECT_NE(text.find("DeLong's p (Holm)"), std::string::npos);
    EXPECT_NE(text.find("(2 classes: b < a)"), std::string::npos);
    EXPECT_NE(text.find("quadratic kappa"), std::string::npos);
    EXPECT_EQ(text.find("nan"), std::string::npos);
    const bool enough = rows == 800;
    EXPECT_EQ(text.find("DeLong's test needs 20 of either") == std::string::npos, enough);
    const Json json =
        parse_json(baselines_json(dataset_, split_, plan_, result, context()).dump(), "made");
    EXPECT_EQ(json["task"]["order"], Json({"b", "a"}));
    const Json& delong = json["classifiers"][1]["less_the_first"]["auc"]["delong"]["b"];
    if (enough) {
      EXPECT_EQ(delong["p"], result.contenders[1].delong[0].p);
      EXPECT_EQ(delong["p_holm"], result.contenders[1].delong[0].adjusted_p);
    } else {
      EXPECT_TRUE(delong["p"].is_null());
    }
    write_baselines(folder_.path(), result, json);
    const std::string csv = test::read_text(folder_ / "baselines.csv");
    EXPECT_NE(csv.find("p_auc_holm,p_delong,p_delong_holm,quadratic_kappa\n"), std::string::npos);
    const Contender& own = result.contenders[1];
    const std::string second =
        enough
            ? fmt::format(",{},{},{},{},{},{}\n", own.auc->difference.value, own.auc->p,
                          own.auc->adjusted_p, own.delong[0].p, own.delong[0].adjusted_p,
                          *own.scores.quadratic_kappa)
            : fmt::format(",{},,,,,{}\n", own.auc->difference.value, *own.scores.quadratic_kappa);
    EXPECT_NE(csv.find(second), std::string::npos) << second << csv;
  }
}

TEST_F(BaselinesReport, TextAndFileHaveALinePerClassifier) {
  const Baselines result = compared();
  const std::string text = baselines_text(dataset_, split_, plan_, result, context());
  for (const char* part : {"fusion over 2 seeds", "early fusion", "the paper's head", "prototypes",
                           "could have gone unseen", "no images", "no texts", "p (Holm)"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(text.find("learning curve"), std::string::npos);
  write_baselines(folder_.path(), result, Json::object());
  const std::string csv = test::read_text(folder_ / "baselines.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'),
            static_cast<std::ptrdiff_t>(result.contenders.size()) + 1);
  EXPECT_NE(csv.find("\nimage,the paper's head,\"epoch "), std::string::npos);
}

TEST_F(BaselinesReport, ACrossValidationOfAnOrdinalLabelShowsKappaOfEveryFold) {
  dataset_.order = ClassOrder{{1, 0, 2}};
  RunPlan plan{.protocol = ProtocolOptions::parse("kfold:2x2"), .epochs = 1};
  Silent silent;
  const CrossValidation all =
      cross_validate(dataset_, make_splits(dataset_, plan.protocol), plan, silent);
  const Json json =
      parse_json(cross_validation_json(dataset_, plan, all, context()).dump(), "made");
  EXPECT_EQ(json["splits"][3]["test"]["quadratic_kappa"], *all.runs[3].test.quadratic_kappa);
  const double first = *all.repeats[0].scores.quadratic_kappa;
  const double second = *all.repeats[1].scores.quadratic_kappa;
  EXPECT_EQ(first, quadratic_kappa(all.repeats[0].scores.confusion, *dataset_.order));
  EXPECT_NEAR(json["test"]["quadratic_kappa"]["mean"].get<double>(), (first + second) / 2, 1e-12);
  EXPECT_EQ(json["test"]["intervals"]["quadratic_kappa"].size(), 2u);
  EXPECT_NEAR(all.estimates.quadratic_kappa->value, (first + second) / 2, 1e-12);
  const std::string text = cross_validation_text(dataset_, plan, all, context());
  EXPECT_NE(text.find("(3 classes: b < a < c)"), std::string::npos);
  EXPECT_NE(text.find(score_text(*all.runs[3].test.quadratic_kappa) + "\n"), std::string::npos);
}

TEST_F(BaselinesReport, OneRepeatOfACrossValidationHasNoSpread) {
  RunPlan plan{.protocol = ProtocolOptions::parse("kfold:2"), .epochs = 1};
  Silent silent;
  const CrossValidation all =
      cross_validate(dataset_, make_splits(dataset_, plan.protocol), plan, silent);
  const Json json =
      parse_json(cross_validation_json(dataset_, plan, all, context()).dump(), "made");
  EXPECT_EQ(json["test"]["macro_f1"]["mean"], all.repeats[0].scores.macro_f1);
  EXPECT_TRUE(json["test"]["macro_f1"]["sd"].is_null());
  const std::string text = cross_validation_text(dataset_, plan, all, context());
  EXPECT_NE(text.find("fold 2 of 2"), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  write_cross_validation(folder_.path(), dataset_, all, json);
  const std::string csv = test::read_text(folder_ / "predictions.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 241);
  EXPECT_NE(csv.find("\n1,fold "), std::string::npos);
}

}  // namespace
}  // namespace puente
