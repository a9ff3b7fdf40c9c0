#include "report/comparison_rows.h"

#include "base/error.h"
#include "eval/evaluation_estimates.h"
#include "report/read_predictions.h"

namespace puente {
namespace {

ComparedFigure figure_of(const Estimate& estimate) { return {estimate.value, estimate.interval}; }

ComparedFigure tested_figure(const Json& test, const char* name) {
  ComparedFigure figure;
  if (test.at(name).is_number()) figure.value = test.at(name).get<double>();
  const Json& interval = test.at("intervals").value(name, Json());
  if (interval.is_array()) figure.interval = {interval[0].get<double>(), interval[1].get<double>()};
  return figure;
}

int64_t rows_of(const Json& metrics, const char* part) {
  const Json& split = metrics.at("split");
  return split.contains(part) ? split[part].at("rows").get<int64_t>() : 0;
}

SplitRows split_rows(const Json& metrics) {
  return {rows_of(metrics, "train"), rows_of(metrics, "validation"), rows_of(metrics, "test")};
}

}  // namespace

HonestScores honest_scores(std::span<const std::filesystem::path> folders, int threads) {
  HonestScores scores;
  std::vector<Predictions> repeats;
  SavedPredictions first;
  for (const std::filesystem::path& folder : folders) {
    const Json metrics = read_json(folder / "metrics.json");
    const Json group = metrics.at("group");
    SavedPredictions saved = read_predictions(
        folder / "predictions.csv", group.is_string() ? group.get<std::string>() : std::string());
    repeats.push_back(std::move(saved.predictions));
    if (repeats.size() == 1) {
      first = std::move(saved);
      scores.rows = split_rows(metrics);
    } else if (saved.row != first.row || saved.names != first.names) {
      fail("{}: other test rows or classes than in {}", (folder / "predictions.csv").string(),
           folders.front().string());
    }
    scores.epochs.push_back(metrics.at("chosen").at("epoch").get<int>());
  }
  scores.seeds = static_cast<int>(folders.size());
  const EvaluationEstimates estimates =
      estimate_evaluation(repeats, first.group, {.threads = threads});
  scores.accuracy = figure_of(estimates.accuracy);
  scores.macro_f1 = figure_of(estimates.macro_f1);
  if (!scores.macro_f1.interval) scores.why_none = estimates.macro_f1.why_none;
  return scores;
}

OptimisticScores optimistic_scores(const Json& metrics) {
  const Json& best = metrics.at("best_test_epochs");
  return {.accuracy = best.at("accuracy").at("value").get<double>(),
          .accuracy_epoch = best.at("accuracy").at("epoch").get<int>(),
          .macro_f1 = best.at("macro_f1").at("value").get<double>(),
          .macro_f1_epoch = best.at("macro_f1").at("epoch").get<int>()};
}

std::vector<ComparedRow> simpler_rows(const Json& baselines, const std::string& approach) {
  std::vector<ComparedRow> rows;
  const Json& classifiers = baselines.at("classifiers");
  for (size_t i = 0; i < classifiers.size(); ++i) {
    const Json& one = classifiers[i];
    const auto classifier = one.at("classifier").get<std::string>();
    if (i == 0 || classifier == "early fusion" || classifier == "late fusion") continue;
    HonestScores scores{.accuracy = tested_figure(one.at("test"), "accuracy"),
                        .macro_f1 = tested_figure(one.at("test"), "macro_f1"),
                        .chosen = one.at("chosen").get<std::string>(),
                        .rows = split_rows(baselines)};
    rows.push_back({.approach = approach,
                    .inputs = one.at("inputs").get<std::string>(),
                    .classifier = classifier,
                    .honest = std::move(scores)});
  }
  return rows;
}

ComparedCost embedding_cost(const Json& metrics, double once_seconds) {
  const Json& bytes = metrics.at("bytes");
  const Json& seconds = metrics.at("seconds");
  ComparedCost cost{.model_bytes = bytes.at("model").get<int64_t>(),
                    .train_bytes = bytes.at("train_per_epoch").get<int64_t>(),
                    .test_bytes = bytes.at("test").get<int64_t>(),
                    .peak_bytes = bytes.at("peak_memory").get<int64_t>(),
                    .epoch = {seconds.at("train_per_epoch").get<double>(),
                              seconds.at("inference_per_epoch").get<double>()},
                    .epochs = metrics.at("options").at("epochs").get<int>()};
  cost.whole = whole_cost(cost.epoch, cost.epochs, once_seconds);
  return cost;
}

ComparedCost raw_cost(const Json& metrics, bool frozen) {
  const Json& measured = metrics.at("cost");
  ComparedCost cost{.model_bytes = measured.at("model_bytes").get<int64_t>(),
                    .train_bytes = measured.at("dataset_bytes_per_epoch").get<int64_t>(),
                    .peak_bytes = measured.at("peak_memory_bytes").get<int64_t>(),
                    .epochs = metrics.at("options").at("epochs").get<int>(),
                    .extrapolated = measured.at("extrapolated").get<bool>(),
                    .measured_share = measured.at("measured_share").get<double>()};
  cost.epoch = {measured.at("train_seconds_per_epoch").get<double>(),
                measured.at("inference_seconds_per_epoch").get<double>()};
  const double features = frozen ? measured.at("feature_seconds").get<double>() : 0;
  cost.whole = whole_cost(cost.epoch, cost.epochs, features);
  if (frozen) {
    const SplitRows rows = split_rows(metrics);
    cost.epoch = with_features_anew(cost.epoch, features, rows.train + rows.test + rows.validation,
                                    rows.train, rows.test);
  }
  return cost;
}

}  // namespace puente
