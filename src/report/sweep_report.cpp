#include "report/sweep_report.h"

#include <cmath>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "eval/distributions.h"
#include "eval/spread.h"
#include "formats/csv.h"
#include "report/alignment_verdict_report.h"
#include "report/evaluation_report.h"
#include "report/text_table.h"

namespace puente {
namespace {

constexpr const char* kOverSeeds = "95 % over the seeds (Student's t): how much trainings differ";
constexpr const char* kOverSplits =
    "95 % over seeds and splits (Student's t), as if splits did not share rows";

bool nested_of(const FinishedSweep& sweep) { return sweep.splits.size() > 1; }

bool is_paper(const FinishedSweep& sweep) {
  return sweep.plan.base.protocol.kind == Protocol::paper;
}

Json lambda_json(const std::optional<double>& lambda) {
  return lambda ? Json(*lambda) : Json(nullptr);
}

/// 95 % over the trainings of one candidate (Student's t); null for fewer than two.
Json interval_over(const std::vector<double>& values) {
  const Spread spread = spread_of(values);
  if (!std::isfinite(spread.sd)) return nullptr;
  const double n = static_cast<double>(values.size());
  const double half = student_t_quantile(0.975, n - 1) * spread.sd / std::sqrt(n);
  return Json::array({spread.mean - half, spread.mean + half});
}

void add_intervals(Json& scores, const SweepMean& mean, const std::vector<SweepCell>& cells,
                   bool paper) {
  std::vector<double> accuracies, macro_f1s, aucs;
  for (const SweepCell& cell : cells) {
    if (cell.fusion != mean.fusion || cell.method != mean.method || cell.lambda != mean.lambda) {
      continue;
    }
    accuracies.push_back(paper ? cell.best_accuracy.value : cell.test.accuracy);
    macro_f1s.push_back(paper ? cell.best_macro_f1.value : cell.test.macro_f1);
    aucs.push_back(paper ? cell.best_auc.value : cell.test.auc);
  }
  scores["accuracy_interval"] = interval_over(accuracies);
  scores["macro_f1_interval"] = interval_over(macro_f1s);
  scores["auc_interval"] = interval_over(aucs);
}

Json mean_json(const SweepMean& mean, const std::vector<SweepCell>& cells, bool paper) {
  Json json = {{"method", mean.method},
               {"align", mean.align.text()},
               {"lambda", lambda_json(mean.lambda)},
               {"fusion", name_of(mean.fusion)}};
  if (!paper) json["validation"] = {{"macro_f1", mean.validation_macro_f1}};
  json[paper ? "best_test_epochs" : "test"] = {{"accuracy", mean.test_accuracy},
                                               {"macro_f1", mean.test_macro_f1.mean},
                                               {"macro_f1_sd", mean.test_macro_f1.sd},
                                               {"auc", mean.test_auc}};
  if (mean.test_quadratic_kappa) {
    json[paper ? "best_test_epochs" : "test"]["quadratic_kappa"] = *mean.test_quadratic_kappa;
  }
  add_intervals(json[paper ? "best_test_epochs" : "test"], mean, cells, paper);
  return json;
}

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

std::vector<std::string> mean_row(const SweepMean& mean, bool paper) {
  std::vector<std::string> row = {fmt::format("{}, {}", name_of(mean.fusion), mean.method),
                                  mean.lambda ? fmt::format("{:g}", *mean.lambda) : "",
                                  paper ? "-" : score_text(mean.validation_macro_f1),
                                  score_text(mean.test_accuracy),
                                  spread_text(mean.test_macro_f1),
                                  score_text(mean.test_auc)};
  if (mean.test_quadratic_kappa) row.push_back(score_text(*mean.test_quadratic_kappa));
  return row;
}

/// The splits, and of several what each has chosen.
void add_splits(Json& json, const FinishedSweep& sweep) {
  if (sweep.splits.size() == 1) {
    json["split"] = split_json(sweep.dataset, sweep.splits[0].split);
    return;
  }
  for (size_t s = 0; s < sweep.splits.size(); ++s) {
    Json one = {{"name", sweep.splits[s].name},
                {"split", split_json(sweep.dataset, sweep.splits[s].split)}};
    for (const SweepChoice& choice : sweep.result.choices) {
      if (choice.split != s) continue;
      one["chosen"].push_back({{"method", choice.method},
                               {"align", choice.align.text()},
                               {"lambda", lambda_json(choice.lambda)},
                               {"fusion", name_of(choice.fusion)},
                               {"validation", {{"macro_f1", choice.validation_macro_f1}}}});
    }
    json["splits"].push_back(std::move(one));
  }
}

}  // namespace

Json sweep_json(const FinishedSweep& sweep, const RunContext& context) {
  const auto& [dataset, splits, plan, result, verdict] = sweep;
  const bool paper = is_paper(sweep);
  Json json = data_json(dataset, plan.base.protocol, context);
  add_splits(json, sweep);
  json["sweep"] = {
      {"methods", Json::array()}, {"lambdas", plan.lambdas},
      {"fusions", Json::array()}, {"first_seed", plan.base.options.seed},
      {"seeds", plan.seeds},      {"intervals", nested_of(sweep) ? kOverSplits : kOverSeeds}};
  for (const AlignFamily& method : plan.methods) json["sweep"]["methods"].push_back(method.name());
  for (FusionKind fusion : plan.fusions) json["sweep"]["fusions"].push_back(name_of(fusion));
  if (verdict) json["verdict"] = verdict_json(*verdict);
  json["chosen_by"] = paper ? "best test macro F1, mean over seeds (optimistic)"
                            : "best validation macro F1, mean over seeds";
  json["chosen"] = Json::array();
  for (const SweepMean& mean : result.chosen) {
    json["chosen"].push_back(mean_json(mean, result.cells, paper));
  }
  json["means"] = Json::array();
  for (const SweepMean& mean : result.means) {
    json["means"].push_back(mean_json(mean, result.cells, paper));
  }
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

std::string sweep_text(const FinishedSweep& sweep, const RunContext& context) {
  const auto& [dataset, splits, plan, result, verdict] = sweep;
  const bool paper = is_paper(sweep);
  const bool nested = splits.size() > 1;
  std::string text = cautions_text(dataset, plan.base.protocol, context);
  text += fmt::format("{}, {} runs of {} epochs in {:.1f} s\n",
                      label_text(dataset.options.label, dataset), result.cells.size(),
                      plan.base.epochs, result.seconds);
  text += nested ? fmt::format("{}: {} splits, each of which chooses for itself\n",
                               plan.base.protocol.text(), splits.size())
                 : split_text(dataset, splits[0].split);
  text += "\n";
  std::vector<std::string> header = {"fusion, method", "lambda", "validation F1"};
  const std::string of = paper ? "best test " : "test ";
  header.insert(header.end(), {of + "accuracy", of + "F1 ± sd", of + "AUC"});
  if (dataset.order) header.push_back(of + "quadratic kappa");
  TextTable table(std::move(header));
  for (const SweepMean& chosen : result.chosen) table.add(mean_row(chosen, paper));
  text += table.text();
  text += fmt::format("\nmeans over {} seeds{}; lambda chosen by {}\n", plan.seeds,
                      nested ? " and all splits" : "",
                      paper ? "the test rows (optimistic)" : "the validation rows");
  if (verdict) text += "\n" + verdict_text(*verdict);
  return text;
}

void write_sweep(const std::filesystem::path& folder, const FinishedSweep& sweep,
                 const Json& metrics) {
  const auto& [dataset, splits, plan, result, verdict] = sweep;
  const bool paper = is_paper(sweep);
  const bool nested = splits.size() > 1;
  std::string text =
      "method,align,lambda,fusion,seed,split_seed,protocol,chosen_epoch,validation_accuracy,"
      "validation_macro_f1,validation_auc,validation_loss,test_accuracy,test_macro_f1,test_auc,"
      "seconds";
  const bool ordinal = result.cells.front().test.quadratic_kappa.has_value();
  if (ordinal) text += ",validation_quadratic_kappa,test_quadratic_kappa";
  text += nested ? ",split\n" : "\n";
  for (const SweepCell& cell : result.cells) {
    text += fmt::format("{},{},{},{},{},{},{},{},", cell.method, cell.align.text(),
                        cell.lambda ? fmt::format("{}", *cell.lambda) : "", name_of(cell.fusion),
                        cell.seed, plan.base.protocol.seed, plan.base.protocol.text(),
                        cell.chosen_epoch);
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
    if (nested) {
      text += ",";
      append_csv_row(text, {&splits[cell.split].name, 1});
    } else {
      text += "\n";
    }
  }
  write_file(folder / "sweep.csv", text);
  if (verdict) {
    std::string cautions;
    for (const Json& line : metrics.value("cautions", Json::array())) {
      cautions += line.get<std::string>() + "\n";
    }
    write_file(folder / "verdict.md", verdict_markdown(*verdict, cautions));
  } else {
    std::error_code none;
    std::filesystem::remove(folder / "verdict.md", none);  // of an earlier sweep
  }
  write_file(folder / "metrics.json", metrics.dump(2) + "\n");
}

}  // namespace puente
