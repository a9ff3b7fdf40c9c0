#include "experiment/run.h"

#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/resources.h"
#include "fusion/trainer.h"

namespace puente {
namespace {

constexpr double kPaperTestShare = 0.2;

Predictions predict(const FusionTrainer& trainer, const Dataset& dataset,
                    const std::vector<int32_t>& rows) {
  Predictions predictions;
  trainer.probabilities(rows, predictions.probabilities);
  predictions.label.reserve(rows.size());
  for (int32_t row : rows) {
    predictions.label.push_back(dataset.labels.of_row[static_cast<size_t>(row)]);
  }
  return predictions;
}

/// Is `a` a better epoch than the earlier `b`?
bool is_better(const EpochRecord& a, const EpochRecord& b) {
  if (a.scores.macro_f1 != b.scores.macro_f1) return a.scores.macro_f1 > b.scores.macro_f1;
  return a.validation_loss < b.validation_loss;
}

void keep_best(BestOf& best, double value, int epoch) {
  if (best.epoch == 0 || value > best.value || std::isnan(best.value)) best = {value, epoch};
}

}  // namespace

std::string_view name_of(Protocol protocol) {
  return protocol == Protocol::holdout ? "holdout" : "paper";
}

std::string_view caution_of(Protocol protocol) {
  return protocol == Protocol::holdout
             ? ""
             : "optimistic: published protocol, the test set chose the epoch, and images of one "
               "group may be in training and test";
}

Split make_split(const Dataset& dataset, Protocol protocol, uint64_t split_seed) {
  try {
    if (protocol == Protocol::paper)
      return paper_split(dataset.labels, kPaperTestShare, split_seed);
    HoldoutOptions options;
    options.seed = split_seed;
    return holdout_split(dataset.labels, dataset.groups, options);
  } catch (const UserError& error) {
    fail("{}: column '{}': {}", dataset.table.source, dataset.options.label, error.what());
  }
}

AlignedTable align_for(const Dataset& dataset, const Split& split, Protocol protocol,
                       const AlignSpec& spec) {
  if (protocol == Protocol::holdout) {
    return Alignment(spec, dataset.table, split.train).apply(dataset.table);
  }
  std::vector<int32_t> all(static_cast<size_t>(dataset.rows()));
  std::iota(all.begin(), all.end(), 0);
  return Alignment(spec, dataset.table, all).apply(dataset.table);
}

RunResult run(const Dataset& dataset, const Split& split, const AlignedTable& aligned,
              const RunPlan& plan, const std::function<void()>& on_epoch) {
  const bool paper = plan.protocol == Protocol::paper;
  RunResult result;
  result.plan = plan;
  result.shape = {plan.fusion, aligned.image_dim, aligned.text_dim, dataset.classes()};

  FusionTrainer trainer(
      result.shape, plan.options, {aligned.features, dataset.labels.of_row}, split.train,
      balanced_class_weights(dataset.labels.of_row, split.train, dataset.classes()));
  const std::vector<int32_t>& scored = paper ? split.test : split.validation;

  for (int epoch = 1; epoch <= plan.epochs; ++epoch) {
    check_interrupt();
    EpochRecord record;
    const Stopwatch training;
    record.train_loss = trainer.train_epoch();
    record.train_seconds = training.seconds();
    const Stopwatch inference;
    Predictions predictions = predict(trainer, dataset, scored);
    record.inference_seconds = inference.seconds();
    record.scores = evaluate(predictions);
    if (!paper) record.validation_loss = trainer.loss(scored);

    bool chosen = result.chosen_epoch == 0;
    if (!chosen) {
      const EpochRecord& best = result.epochs[static_cast<size_t>(result.chosen_epoch) - 1];
      chosen = is_better(record, best);
    }
    if (chosen) {
      result.chosen_epoch = epoch;
      result.weights = trainer.weights();
    }
    if (paper) {
      keep_best(result.best_accuracy, record.scores.accuracy, epoch);
      keep_best(result.best_macro_f1, record.scores.macro_f1, epoch);
      keep_best(result.best_auc, record.scores.auc, epoch);
    }
    result.epochs.push_back(std::move(record));
    if (on_epoch) on_epoch();
  }

  trainer.set_weights(result.weights);
  result.predictions = predict(trainer, dataset, split.test);
  result.test = evaluate(result.predictions);
  return result;
}

}  // namespace puente
