#include "report/sweep_report.h"

#include <cmath>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "report/evaluation_report.h"
#include "report/text_table.h"

namespace puente {
namespace {

Json mean_json(const SweepMean& mean, bool paper) {
  Json json = {
      {"align", mean.align.text()}, {"lambda", mean.lambda}, {"fusion", name_of(mean.fusion)}};
  if (!paper) json["validation"] = {{"macro_f1", mean.validation_macro_f1}};
  json[paper ? "best_test_epochs" : "test"] = {{"accuracy", mean.test_accuracy},
                                               {"macro_f1", mean.test_macro_f1.mean},
                                               {"macro_f1_sd", mean.test_macro_f1.sd},
                                               {"auc", mean.test_auc}};
  if (mean.test_quadratic_kappa) {
    json[paper ? "best_test_epochs" : "test"]["quadratic_kappa"] = *mean.test_quadratic_kappa;
  }
  return json;
}

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

const SweepMean* at_lambda_zero(const SweepResult& result, FusionKind fusion) {
  for (const SweepMean& mean : result.means) {
    if (mean.fusion == fusion && mean.lambda == 0) return &mean;
  }
  return nullptr;
}

std::vector<std::string> mean_row(const std::string& name, const SweepMean& mean, bool paper) {
  std::vector<std::string> row = {name,
                                  fmt::format("{:g}", mean.lambda),
                                  paper ? "-" : score_text(mean.validation_macro_f1),
                                  score_text(mean.test_accuracy),
                                  spread_text(mean.test_macro_f1),
                                  score_text(mean.test_auc)};
  if (mean.test_quadratic_kappa) row.push_back(score_text(*mean.test_quadratic_kappa));
  return row;
}

}  // namespace

Json sweep_json(const Dataset& dataset, const Split& split, const SweepPlan& plan,
                const SweepResult& result, const RunContext& context) {
  const bool paper = plan.base.protocol.kind == Protocol::paper;
  Json json = data_json(dataset, plan.base.protocol, context);
  json["split"] = split_json(dataset, split);
  json["sweep"] = {{"lambdas", plan.lambdas},
                   {"fusions", Json::array()},
                   {"first_seed", plan.base.options.seed},
                   {"seeds", plan.seeds}};
  for (FusionKind fusion : plan.fusions) json["sweep"]["fusions"].push_back(name_of(fusion));
  json["chosen_by"] = paper ? "best test macro F1, mean over seeds (optimistic)"
                            : "best validation macro F1, mean over seeds";
  json["chosen"] = Json::array();
  for (const SweepMean& mean : result.chosen) json["chosen"].push_back(mean_json(mean, paper));
  json["means"] = Json::array();
  for (const SweepMean& mean : result.means) json["means"].push_back(mean_json(mean, paper));
  json["options"] = {{"epochs", plan.base.epochs},
                     {"batch", plan.base.options.batch},
                     {"learning_rate", plan.base.options.learning_rate},
                     {"weight_decay", plan.base.options.weight_decay},
                     {"dropout", plan.base.options.dropout},
                     {"split_seed", plan.base.protocol.seed},
                     {"threads", plan.threads}};
  json["seconds"] = {{"sweep", result.seconds}, {"total", context.total_seconds}};
  json["bytes"] = {{"peak_memory", peak_memory_bytes()}};
  return json;
}

std::string sweep_text(const Dataset& dataset, const Split& split, const SweepPlan& plan,
                       const SweepResult& result, const RunContext& context) {
  const bool paper = plan.base.protocol.kind == Protocol::paper;
  std::string text = cautions_text(dataset, plan.base.protocol, context);
  text += fmt::format("{}, {} runs of {} epochs in {:.1f} s\n",
                      label_text(dataset.options.label, dataset), result.cells.size(),
                      plan.base.epochs, result.seconds);
  text += split_text(dataset, split) + "\n";
  std::vector<std::string> header = {"fusion", "lambda", "validation F1"};
  const std::string of = paper ? "best test " : "test ";
  header.insert(header.end(), {of + "accuracy", of + "F1 ± sd", of + "AUC"});
  if (dataset.order) header.push_back(of + "quadratic kappa");
  TextTable table(std::move(header));
  for (const SweepMean& chosen : result.chosen) {
    const std::string fusion(name_of(chosen.fusion));
    if (const SweepMean* zero = at_lambda_zero(result, chosen.fusion)) {
      table.add(mean_row(fusion + ", no shift", *zero, paper));
    }
    table.add(mean_row(fusion + ", chosen", chosen, paper));
  }
  text += table.text();
  text += fmt::format("\nmeans over {} seeds; lambda chosen by {}\n", plan.seeds,
                      paper ? "the test rows (optimistic)" : "the validation rows");
  return text;
}

void write_sweep(const std::filesystem::path& folder, const SweepPlan& plan,
                 const SweepResult& result, const Json& metrics) {
  const bool paper = plan.base.protocol.kind == Protocol::paper;
  std::string text =
      "align,lambda,fusion,seed,split_seed,protocol,chosen_epoch,validation_accuracy,"
      "validation_macro_f1,validation_auc,validation_loss,test_accuracy,test_macro_f1,test_auc,"
      "seconds";
  const bool ordinal = result.cells.front().test.quadratic_kappa.has_value();
  text += ordinal ? ",validation_quadratic_kappa,test_quadratic_kappa\n" : "\n";
  for (const SweepCell& cell : result.cells) {
    text += fmt::format("{},{},{},{},{},{},{},", cell.align.text(), cell.lambda,
                        name_of(cell.fusion), cell.seed, plan.base.protocol.seed,
                        plan.base.protocol.text(), cell.chosen_epoch);
    text += paper ? ",,,,"
                  : fmt::format("{},{},{},{},", cell.validation.accuracy, cell.validation.macro_f1,
                                number(cell.validation.auc), cell.validation_loss);
    text += fmt::format("{},{},{},{:.3f}", paper ? cell.best_accuracy.value : cell.test.accuracy,
                        paper ? cell.best_macro_f1.value : cell.test.macro_f1,
                        number(paper ? cell.best_auc.value : cell.test.auc), cell.seconds);
    if (ordinal) {
      text +=
          fmt::format(",{},{}", paper ? "" : number(*cell.validation.quadratic_kappa),
                      number(paper ? cell.best_quadratic_kappa.value : *cell.test.quadratic_kappa));
    }
    text += "\n";
  }
  write_file(folder / "sweep.csv", text);
  write_file(folder / "metrics.json", metrics.dump(2) + "\n");
}

}  // namespace puente
