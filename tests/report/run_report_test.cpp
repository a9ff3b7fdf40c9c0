#include "report/run_report.h"

#include <algorithm>

#include "report/evaluation_report.h"
#include "report/sweep_report.h"
#include "store/table_io.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

class RunReport : public testing::Test {
 protected:
  RunReport() {
    write_table(test::made_table(), folder_ / "t.csv");
    dataset_ = make_dataset(read_table(folder_ / "t.csv"), {.label = "dx", .group = "patient"});
  }
  RunResult run_with(const RunPlan& plan) {
    split_ = make_split(dataset_, plan.protocol);
    return run(dataset_, split_, align_for(dataset_, split_, plan.protocol.kind, plan.align), plan,
               {});
  }
  RunContext context() { return {{(folder_ / "t.csv").string()}, 1.5}; }

  test::TemporaryFolder folder_;
  Dataset dataset_;
  Split split_;
};

TEST_F(RunReport, MetricsHoldWhatIsNeededToRunAgain) {
  const RunPlan plan{.align = {{{AlignKind::shift, 0.4}}},
                     .protocol = {.chooser = Chooser::validation, .seed = 9},
                     .epochs = 3};
  const RunResult result = run_with(plan);
  const Json json = metrics_json(dataset_, split_, result, context());
  EXPECT_EQ(json["align"], "shift:0.4");
  EXPECT_EQ(json["options"]["split_seed"], 9);
  EXPECT_EQ(json["epochs"].size(), 3u);
  EXPECT_EQ(json["test"]["accuracy"], result.test.accuracy);
  EXPECT_TRUE(json["epochs"][0].contains("validation"));
  EXPECT_FALSE(json["epochs"][0].contains("test"));
  EXPECT_EQ(json["tables"][0]["sha256"].begin()->get<std::string>().size(), 64u);
  EXPECT_EQ(json["group"], "patient");
  EXPECT_TRUE(json["cautions"].empty());
  EXPECT_EQ(json["split"]["train"]["rows"].get<size_t>() +
                json["split"]["validation"]["rows"].get<size_t>() +
                json["split"]["test"]["rows"].get<size_t>(),
            240u);
}

TEST_F(RunReport, BytesFollowThePapersFormula) {
  // Table 2, HAM10000 with CLIP, early fusion: 0.50 MB and 31.51 MB for 8,012 rows.
  RunResult result = run_with({.epochs = 1});
  result.shape = {FusionKind::early, 512, 512, 7};
  split_.train.assign(8012, 0);
  const Json bytes = metrics_json(dataset_, split_, result, context())["bytes"];
  EXPECT_NEAR(bytes["model"].get<double>() / (1 << 20), 0.505, 0.001);
  EXPECT_NEAR(bytes["train_per_epoch"].get<double>() / (1 << 20), 31.51, 0.005);
}

TEST_F(RunReport, PaperProtocolIsLabelledOptimisticEverywhere) {
  const RunResult result = run_with({.protocol = {.kind = Protocol::paper}, .epochs = 2});
  const Json json = metrics_json(dataset_, split_, result, context());
  EXPECT_NE(json["cautions"][0].get<std::string>().find("optimistic"), std::string::npos);
  EXPECT_TRUE(json["epochs"][0].contains("test"));
  EXPECT_NE(run_text(dataset_, split_, result, context()).find("optimistic"), std::string::npos);
}

TEST_F(RunReport, TheWaiverOfGroupsIsSaidOnEveryOutput) {
  dataset_ = make_dataset(read_table(folder_ / "t.csv"), {.label = "dx", .group = {}});
  const RunResult result = run_with({.epochs = 1});
  EXPECT_NE(run_text(dataset_, split_, result, context()).find("--no-group"), std::string::npos);
  EXPECT_TRUE(metrics_json(dataset_, split_, result, context())["group"].is_null());
}

TEST_F(RunReport, PredictionsCarryTheRowsColumnsAndItsProbabilities) {
  const RunResult result = run_with({.epochs = 2});
  write_run(folder_.path(), dataset_, split_, result, Json::object());
  const std::string csv = test::read_text(folder_ / "predictions.csv");
  EXPECT_EQ(csv.substr(0, csv.find('\n')),
            "row,id,patient,dx,true_class,predicted_class,probability_a,probability_b,"
            "probability_c");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'),
            static_cast<std::ptrdiff_t>(split_.test.size()) + 1);
  const std::string first =
      "\n" + std::to_string(split_.test[0] + 1) + ",r" + std::to_string(split_.test[0]) + ",";
  EXPECT_NE(csv.find(first), std::string::npos);
  const std::string splits = test::read_text(folder_ / "splits.csv");
  EXPECT_EQ(std::count(splits.begin(), splits.end(), '\n'), 241);
}

TEST_F(RunReport, AnOrdinalLabelShowsKappaAndItsInterval) {
  dataset_.order = ClassOrder{{1, 0, 2}};
  RunResult result = run_with({.protocol = {.chooser = Chooser::validation}, .epochs = 2});
  result.estimates = estimate_test(dataset_, split_.test, {&result.predictions, 1}, 1);
  const Json json = metrics_json(dataset_, split_, result, context());
  const double kappa = quadratic_kappa(result.test.confusion, *dataset_.order);
  EXPECT_EQ(json["task"]["order"], Json({"b", "a", "c"}));
  EXPECT_EQ(json["test"]["quadratic_kappa"], kappa);
  EXPECT_EQ(json["test"]["intervals"]["quadratic_kappa"][0],
            result.estimates->quadratic_kappa->interval->low);
  EXPECT_EQ(json["epochs"][1]["validation"]["quadratic_kappa"],
            *result.epochs[1].scores.quadratic_kappa);
  const std::string text = run_text(dataset_, split_, result, context());
  EXPECT_NE(text.find("label dx (3 classes: b < a < c)"), std::string::npos);
  EXPECT_NE(text.find("quadratic kappa"), std::string::npos);
  EXPECT_NE(text.find(interval_text(*result.estimates->quadratic_kappa) + "\n"), std::string::npos);

  const RunResult paper = run_with({.protocol = {.kind = Protocol::paper}, .epochs = 2});
  EXPECT_EQ(metrics_json(dataset_, split_, paper,
                         context())["best_test_epochs"]["quadratic_kappa"]["value"],
            paper.best_quadratic_kappa.value);
  EXPECT_EQ(paper.best_quadratic_kappa.value, std::max(*paper.epochs[0].scores.quadratic_kappa,
                                                       *paper.epochs[1].scores.quadratic_kappa));

  dataset_.order.reset();
  const RunResult unordered = run_with({.epochs = 1});
  EXPECT_EQ(run_text(dataset_, split_, unordered, context()).find("kappa"), std::string::npos);
  const Json without = metrics_json(dataset_, split_, unordered, context());
  EXPECT_FALSE(without["test"].contains("quadratic_kappa"));
  EXPECT_FALSE(without["task"].contains("order"));
}

TEST_F(RunReport, SweepFileHasOneLinePerCell) {
  const std::vector<NamedSplit> splits = make_splits(dataset_, {.chooser = Chooser::validation});
  split_ = splits[0].split;
  SweepPlan plan;
  plan.base.epochs = 2;
  plan.methods = with_baselines(plan.methods);
  plan.lambdas = {0, 0.5};
  plan.fusions = {FusionKind::early, FusionKind::late};
  plan.seeds = 2;
  Silent silent;
  SweepBook none;
  const SweepResult result = sweep(dataset_, split_, plan, silent);
  FinishedSweep finished{dataset_, splits, plan, result};
  write_sweep(folder_.path(), finished, sweep_json(finished, context()));
  const std::string csv = test::read_text(folder_ / "sweep.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 21);
  EXPECT_NE(csv.find("\nshift,shift:0.5,0.5,early,1,0,holdout,"), std::string::npos);
  EXPECT_NE(csv.find("\ncentre,centre,,late,0,0,holdout,"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "verdict.md"));
  std::string text = sweep_text(finished, context());
  EXPECT_NE(text.find("early, normalise"), std::string::npos);
  EXPECT_NE(text.find("chosen by the validation rows"), std::string::npos);

  finished.verdict = judge_alignments(dataset_, splits, plan, result, none, silent);
  const Json judged = sweep_json(finished, context());
  write_sweep(folder_.path(), finished, judged);
  const std::string page = test::read_text(folder_ / "verdict.md");
  EXPECT_NE(page.find("2 seeds are too few"), std::string::npos);
  EXPECT_NE(page.find("| shift | late |"), std::string::npos);
  EXPECT_EQ(judged["verdict"]["methods"][0]["verdict"], "cannot tell");
  EXPECT_NE(sweep_text(finished, context()).find("Cannot tell whether alignment helps"),
            std::string::npos);

  dataset_.order = ClassOrder{{0, 2, 1}};
  plan.seeds = 1;
  const SweepResult ordinal = sweep(dataset_, split_, plan, silent);
  const FinishedSweep of_grades{dataset_, splits, plan, ordinal};
  const Json json = sweep_json(of_grades, context());
  EXPECT_EQ(json["means"][0]["test"]["quadratic_kappa"], *ordinal.means[0].test_quadratic_kappa);
  write_sweep(folder_.path(), of_grades, json);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "verdict.md"));
  const std::string with = test::read_text(folder_ / "sweep.csv");
  EXPECT_NE(with.find(",seconds,validation_quadratic_kappa,test_quadratic_kappa\n"),
            std::string::npos);
  EXPECT_NE(with.find(fmt::format(",{},{}\n", *ordinal.cells[0].validation.quadratic_kappa,
                                  *ordinal.cells[0].test.quadratic_kappa)),
            std::string::npos);
  const std::string alone = sweep_text(of_grades, context());
  EXPECT_NE(alone.find("test quadratic kappa"), std::string::npos);
  EXPECT_EQ(alone.find("± -"), std::string::npos);
}

}  // namespace
}  // namespace puente
