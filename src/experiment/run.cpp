#include "experiment/run.h"

#include <array>
#include <cmath>
#include <ctime>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/resources.h"
#include "eval/join_predictions.h"
#include "fusion/trainer.h"

namespace puente {
namespace {

FusionShape shape_of(const Dataset& dataset, const RunPlan& plan, const AlignedTable& aligned) {
  return {plan.fusion, aligned.image_dim, aligned.text_dim, dataset.classes()};
}

FusionShape shape_of(const MultiLabelDataset& dataset, const RunPlan& plan,
                     const AlignedTable& aligned) {
  return {plan.fusion, aligned.image_dim, aligned.text_dim, 2, dataset.labels.count()};
}

std::vector<double> class_weights(const Dataset& dataset, std::span<const int32_t> rows) {
  return balanced_class_weights(dataset.labels.of_row, rows, dataset.classes());
}

std::vector<double> class_weights(const MultiLabelDataset& dataset, std::span<const int32_t> rows) {
  return balanced_label_weights(dataset.labels.of_row, rows, dataset.labels.count());
}

std::vector<int32_t> truth_at(const Categories& labels, std::span<const int32_t> rows) {
  return labels_at(labels.of_row, rows);
}

std::vector<int32_t> truth_at(const LabelSet& labels, std::span<const int32_t> rows) {
  return labels_at(labels, rows).of_row;
}

FusionOptions options_of(const RunPlan& plan) {
  FusionOptions options = plan.options;
  options.regularisation = plan.align.regularisation();
  return options;
}

/// A training, and the rows that it is scored on after every epoch.
template <class Target>
struct Learner {
  using Dataset = typename Target::Dataset;

  Learner(const Dataset& data, const RunPlan& plan, std::vector<int32_t> train_rows,
          std::vector<int32_t> scored_rows, const AlignedTable& aligned)
      : dataset(data),
        trainer(shape_of(data, plan, aligned), options_of(plan),
                {aligned.features, data.labels.of_row, aligned.live.get()}, train_rows,
                class_weights(data, train_rows)),
        scored(std::move(scored_rows)) {}

  /// An inner fold's, aligned on what trains.
  Learner(const Dataset& data, const RunPlan& plan, std::vector<int32_t> train_rows,
          std::vector<int32_t> scored_rows)
      : Learner(data, plan, train_rows, std::move(scored_rows),
                std::make_unique<AlignedTable>(
                    Alignment(plan.align, data.table, train_rows).for_training(data.table))) {}

  typename Target::Predictions predictions() const {
    typename Target::Predictions own;
    trainer.probabilities(scored, own.probabilities);
    own.label = truth_at(dataset.labels, scored);
    return own;
  }

  const Dataset& dataset;
  std::unique_ptr<const AlignedTable> own_table;  // of an inner fold
  FusionTrainer trainer;
  std::vector<int32_t> scored;

 private:
  Learner(const Dataset& data, const RunPlan& plan, const std::vector<int32_t>& train_rows,
          std::vector<int32_t> scored_rows, std::unique_ptr<const AlignedTable> table)
      : Learner(data, plan, train_rows, std::move(scored_rows), *table) {
    own_table = std::move(table);
  }
};

template <class Target>
struct Epoch {
  BasicEpochRecord<Target> record;
  typename Target::Predictions predictions;
};

/// One epoch of all learners, and their scored rows together.
template <class Target>
Epoch<Target> train_and_score(const typename Target::Dataset& dataset,
                              std::span<Learner<Target>> learners, bool with_loss,
                              const std::function<void()>& on_epoch) {
  BasicEpochRecord<Target> record;
  std::vector<typename Target::Predictions> predictions;
  for (Learner<Target>& learner : learners) {
    check_interrupt();
    const Stopwatch training;
    record.train_loss += learner.trainer.train_epoch() / static_cast<double>(learners.size());
    record.train_seconds += training.seconds();
    const Stopwatch inference;
    predictions.push_back(learner.predictions());
    record.inference_seconds += inference.seconds();
    if (with_loss) {
      record.validation_loss +=
          learner.trainer.loss(learner.scored) / static_cast<double>(learners.size());
    }
    if (on_epoch) on_epoch();
  }
  typename Target::Predictions all = joined(predictions);
  record.scores = scores_of(dataset, all);
  return {std::move(record), std::move(all)};
}

template <class Target>
BasicRunResult<Target> run_target(const typename Target::Dataset& dataset, const Split& split,
                                  const AlignedTable& aligned, const RunPlan& plan,
                                  const std::function<void()>& on_epoch) {
  const bool paper = plan.protocol.kind == Protocol::paper;
  BasicRunResult<Target> result;
  result.plan = plan;
  result.shape = shape_of(dataset, plan, aligned);
  std::vector<Learner<Target>> learners;
  for (const std::vector<int32_t>& fold : split.inner) {
    learners.emplace_back(dataset, plan, rows_without(split.train, fold), fold);
  }
  const std::vector<int32_t>& scored = paper ? split.test : split.validation;
  Learner<Target> whole(dataset, plan, split.train, scored, aligned);
  result.log.push_back(dated(fmt::format("{} training rows fit the alignment and the class weights",
                                         paper ? dataset.rows() : split.train.size())));

  for (int epoch = 1; epoch <= plan.epochs; ++epoch) {
    Epoch<Target> scored_epoch =
        learners.empty() ? train_and_score<Target>(dataset, std::span(&whole, 1), !paper, on_epoch)
                         : train_and_score<Target>(dataset, std::span(learners), true, on_epoch);
    BasicEpochRecord<Target>& record = scored_epoch.record;
    bool chosen = result.chosen_epoch == 0;
    if (!chosen) {
      const BasicEpochRecord<Target>& best =
          result.epochs[static_cast<size_t>(result.chosen_epoch) - 1];
      chosen = is_better(record, best);
    }
    if (chosen) {
      result.chosen_epoch = epoch;
      if (learners.empty()) result.weights = whole.trainer.weights();
      if (!paper) result.chosen_on = std::move(scored_epoch.predictions);
    }
    if (paper) {
      result.best_accuracy.see(record.scores.accuracy, epoch);
      result.best_macro_f1.see(record.scores.macro_f1, epoch);
      result.best_auc.see(record.scores.auc, epoch);
      if constexpr (std::is_same_v<Target, SingleLabel>) {
        if (dataset.order) {
          result.best_quadratic_kappa.see(*record.scores.quadratic_kappa, epoch);
        }
      }
    }
    result.train_seconds_per_epoch += record.train_seconds / plan.epochs;
    result.epochs.push_back(std::move(record));
  }
  result.log.push_back(dated(fmt::format("epoch {} of {} was chosen by {}", result.chosen_epoch,
                                         plan.epochs, chooser_text(split, paper))));

  if (learners.empty()) {
    whole.trainer.set_weights(result.weights);
  } else {
    learners.clear();
    const Stopwatch training;
    for (int epoch = 1; epoch <= result.chosen_epoch; ++epoch) {
      check_interrupt();
      whole.trainer.train_epoch();
      if (on_epoch) on_epoch();
    }
    result.train_seconds_per_epoch = training.seconds() / result.chosen_epoch;
    result.weights = whole.trainer.weights();
    result.log.push_back(dated(fmt::format("{} rows were trained on for {} epochs",
                                           split.train.size(), result.chosen_epoch)));
  }
  whole.scored = split.test;
  result.predictions = whole.predictions();
  result.test = scores_of(dataset, result.predictions);
  result.log.push_back(dated(fmt::format("{} test rows were scored{}", split.test.size(),
                                         paper ? " after every epoch" : ", once")));
  return result;
}

}  // namespace

void BestOf::see(double other, int at_epoch) {
  if (epoch == 0 || other > value || std::isnan(value)) *this = {other, at_epoch};
}

std::string chooser_text(const Split& split, bool paper) {
  if (paper) return "the test rows";
  if (split.inner.empty()) return fmt::format("{} validation rows", split.validation.size());
  return fmt::format("{} inner folds", split.inner.size());
}

std::string dated(const std::string& what) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return fmt::format("{} {}", text.data(), what);
}

AlignedTable align_for(const GroupedTable& dataset, const Split& split, Protocol protocol,
                       const AlignSpec& spec) {
  if (protocol != Protocol::paper) {
    return Alignment(spec, dataset.table, split.train).for_training(dataset.table);
  }
  const std::vector<int32_t> all = first_numbers(dataset.groups.of_row.size());
  return Alignment(spec, dataset.table, all).for_training(dataset.table);
}

Evaluation scores_of(const Dataset& dataset, const Predictions& predictions) {
  return evaluate(predictions, dataset.order);
}

MultiLabelEvaluation scores_of(const MultiLabelDataset&, const MultiLabelPredictions& predictions) {
  return evaluate(predictions);
}

EvaluationEstimates estimate_test(const Dataset& dataset, std::span<const int32_t> rows,
                                  std::span<const Predictions> repeats, int threads) {
  return estimate_evaluation(repeats, labels_at(dataset.groups.of_row, rows), {.threads = threads},
                             dataset.order);
}

MultiLabelEstimates estimate_test(const GroupedTable& dataset, std::span<const int32_t> rows,
                                  std::span<const MultiLabelPredictions> repeats, int threads) {
  return estimate_evaluation(repeats, labels_at(dataset.groups.of_row, rows), {.threads = threads});
}

void check_fusion(const RunPlan& plan) {
  if (plan.align.regularisation() > 0 && plan.fusion != FusionKind::late) {
    fail(
        "alignment '{}': 'regularised' draws the two branches of late fusion together, and early "
        "fusion has one; use --fusion late",
        plan.align.text());
  }
}

int64_t most_epochs(const Split& split, const RunPlan& plan) {
  return plan.epochs * (static_cast<int64_t>(split.inner.size()) + 1);
}

RunResult run(const Dataset& dataset, const Split& split, const AlignedTable& aligned,
              const RunPlan& plan, const std::function<void()>& on_epoch) {
  return run_target<SingleLabel>(dataset, split, aligned, plan, on_epoch);
}

MultiLabelRunResult run(const MultiLabelDataset& dataset, const Split& split,
                        const AlignedTable& aligned, const RunPlan& plan,
                        const std::function<void()>& on_epoch) {
  return run_target<MultiLabel>(dataset, split, aligned, plan, on_epoch);
}

}  // namespace puente
