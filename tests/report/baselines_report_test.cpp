#include "report/baselines_report.h"

#include <algorithm>

#include "experiment/cross_validation.h"
#include "report/cross_validation_report.h"
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
  EXPECT_EQ(second["less_the_first"]["p_holm"], result.contenders[1].adjusted_p);
  EXPECT_EQ(json["fusion"], "early");
  EXPECT_EQ(json["seed_sd_of_the_first"], result.contenders[1].difference->a.seed_sd);
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
