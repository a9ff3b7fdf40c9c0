#include "finetune/run.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/resources.h"
#include "data/rows_at.h"
#include "finetune/checkpoint.h"
#include "fusion/batches.h"

namespace puente {
namespace {

/// Rows that are scored between two looks at Ctrl-C.
constexpr size_t kScoredTogether = 64;

class Training {
 public:
  Training(const FinetuneRows& rows, const FinetunePlan& plan, Progress& progress)
      : rows_(rows),
        plan_(plan),
        progress_(progress),
        is_paper_(plan.run.protocol.kind == Protocol::paper),
        scored_(is_paper_ ? rows.split.test : rows.split.validation),
        bounds_(
            batch_bounds(static_cast<int64_t>(rows.split.train.size()), plan.run.options.batch)),
        trainer_(plan.image_model, plan.text_model, trainer_options(),
                 balanced_class_weights(rows.dataset.labels.of_row, rows.split.train,
                                        rows.dataset.classes())),
        checkpoint_(plan.checkpoint, plan.identity) {
    if (scored_.empty()) fail("fine-tuning needs validation rows, which choose the epoch");
    share_memory();
  }

  FinetuneResult run(const FinetuneFolders& folders) {
    FinetuneResult result;
    result.run.plan = plan_.run;
    result.run.shape = trainer_.shape();
    result.run.log.push_back(
        dated(fmt::format("{} training rows fit the class weights", rows_.split.train.size())));
    if (std::optional<FinetunePlace> place = checkpoint_.load(trainer_)) {
      place_ = std::move(*place);
      progress_.note(fmt::format("goes on after {} steps, from {}", trainer_.steps_taken(),
                                 plan_.checkpoint.string()));
    }
    progress_.begin("fine-tuning", "steps", batches() * plan_.run.epochs);
    progress_.advance(trainer_.steps_taken());
    bool goes_on = true;
    while (goes_on && place_.epoch < plan_.run.epochs) goes_on = train_epoch();
    progress_.end();
    result.cost = cost();
    result.finished = goes_on;
    if (!goes_on) return result;
    collect(result.run);
    checkpoint_.load_best(place_, trainer_);
    result.run.weights = trainer_.head();
    trainer_.write_image_model(folders.image_model);
    trainer_.write_text_model(folders.text_model);
    return result;
  }

 private:
  int64_t batches() const { return static_cast<int64_t>(bounds_.size()) - 1; }

  FinetuneOptions trainer_options() const {
    FinetuneOptions options = plan_.trainer;
    options.fusion = plan_.run.fusion;
    options.classes = rows_.dataset.classes();
    options.head = plan_.run.options;
    options.steps = batches() * plan_.run.epochs;
    return options;
  }

  /// What is left of the memory is for activations.
  void share_memory() {
    constexpr double kGigabyte = 1e9;
    trainer_.set_activation_bytes(0);
    const FinetuneMemory least = trainer_.memory(rows_.longest_text);
    const int64_t process = peak_memory_bytes() - least.weights;  // the program, texts, tables
    const int64_t needed = least.total() + std::max<int64_t>(process, 0);
    const int64_t allowed = plan_.memory > 0 ? plan_.memory : available_memory_bytes() + needed;
    if (plan_.memory > 0 && needed > allowed) {
      fail(
          "--memory {:.3g}G: this training needs at least {:.3g} GB, {:.3g} of them for weights, "
          "gradients and AdamW; --train-blocks N trains less",
          static_cast<double>(allowed) / kGigabyte, static_cast<double>(needed) / kGigabyte,
          static_cast<double>(least.weights) / kGigabyte);
    }
    // Of what is free, half: it is somebody else's too. Larger parts need more room to work in, so
    // that less than all of it is for activations.
    const int64_t spare = plan_.memory > 0 ? allowed - needed : (allowed - needed) / 2;
    const auto total_with = [&](int64_t activations) {
      trainer_.set_activation_bytes(activations);
      return trainer_.memory(rows_.longest_text).total();
    };
    int64_t activations = spare;
    while (activations > 0 && total_with(activations) > least.total() + spare) {
      activations -= activations / 16 + 1;
    }
    total_with(std::max<int64_t>(activations, 0));
    const FinetuneMemory memory = trainer_.memory(rows_.longest_text);
    progress_.note(
        fmt::format("{} of {} parameters are trained; about {:.2f} GB of memory, {:.2f} of them "
                    "for activations",
                    memory.trained, memory.parameters,
                    static_cast<double>(memory.total() + std::max<int64_t>(process, 0)) / kGigabyte,
                    static_cast<double>(memory.activations) / kGigabyte));
  }

  /// The rest of an epoch. False where the budget was used up.
  bool train_epoch() {
    const std::vector<int32_t> order =
        epoch_order(rows_.split.train, plan_.run.options.seed, place_.epoch);
    for (; place_.batch < batches(); ++place_.batch) {
      if (interrupt_requested()) {
        save(false);
        check_interrupt();
      }
      if (since_checkpoint_.seconds() >= plan_.checkpoint_seconds) save(false);
      const int64_t first = bounds_[static_cast<size_t>(place_.batch)];
      const int64_t end = bounds_[static_cast<size_t>(place_.batch) + 1];
      const std::span<const int32_t> rows =
          std::span(order).subspan(static_cast<size_t>(first), static_cast<size_t>(end - first));
      const Stopwatch watch;
      place_.loss_sum +=
          trainer_.step(rows_.data, rows, labels_at(rows_.dataset.labels.of_row, rows));
      const double seconds = watch.seconds();
      place_.train_seconds += seconds;
      step_seconds_.push_back(seconds);
      progress_.advance(1);
      // The first step takes memory and is not counted, so there are two at least.
      if (plan_.budget_seconds && all_.seconds() > *plan_.budget_seconds &&
          step_seconds_.size() > 1 &&
          (place_.epoch + 1 < plan_.run.epochs || place_.batch + 1 < batches())) {
        return false;
      }
    }
    finish_epoch();
    return true;
  }

  void finish_epoch() {
    FinetuneEpoch epoch;
    epoch.train_loss = place_.loss_sum / static_cast<double>(batches());
    epoch.train_seconds = place_.train_seconds;
    const Stopwatch watch;
    const Matrix features = features_of(scored_);
    epoch.probabilities = trainer_.probabilities(features);
    epoch.inference_seconds = watch.seconds();
    if (!is_paper_) {
      epoch.validation_loss =
          trainer_.loss(features, labels_at(rows_.dataset.labels.of_row, scored_));
    }
    place_.epochs.push_back(std::move(epoch));
    ++place_.epoch;
    place_.batch = 0;
    place_.loss_sum = 0;
    place_.train_seconds = 0;
    const bool best = best_epoch() == place_.epoch;
    if (best || since_checkpoint_.seconds() >= plan_.checkpoint_seconds) {
      save(best);
    }
  }

  void save(bool best) {
    checkpoint_.save(trainer_, best, place_);
    since_checkpoint_ = Stopwatch();
  }

  Matrix features_of(std::span<const int32_t> rows) const {
    Matrix all(static_cast<int64_t>(rows.size()),
               trainer_.shape().image_dim + trainer_.shape().text_dim);
    for (size_t first = 0; first < rows.size(); first += kScoredTogether) {
      check_interrupt();
      const auto part = rows.subspan(first, std::min(kScoredTogether, rows.size() - first));
      const Matrix own = trainer_.features(rows_.data, part);
      std::copy_n(own.data(), own.size(), all.row(static_cast<int64_t>(first)));
    }
    return all;
  }

  EpochRecord record_of(const FinetuneEpoch& epoch) const {
    EpochRecord record;
    record.train_loss = epoch.train_loss;
    record.train_seconds = epoch.train_seconds;
    record.inference_seconds = epoch.inference_seconds;
    record.validation_loss = epoch.validation_loss;
    record.scores = scores_of(rows_.dataset, predictions_of(epoch));
    return record;
  }

  Predictions predictions_of(const FinetuneEpoch& epoch) const {
    return {epoch.probabilities, labels_at(rows_.dataset.labels.of_row, scored_)};
  }

  /// From 1.
  int64_t best_epoch() const {
    int64_t best = 1;
    EpochRecord of_best = record_of(place_.epochs.front());
    for (size_t i = 1; i < place_.epochs.size(); ++i) {
      EpochRecord other = record_of(place_.epochs[i]);
      if (!is_better(other, of_best)) continue;
      best = static_cast<int64_t>(i) + 1;
      of_best = std::move(other);
    }
    return best;
  }

  void collect(RunResult& result) const {
    result.chosen_epoch = static_cast<int>(best_epoch());
    for (size_t i = 0; i < place_.epochs.size(); ++i) {
      EpochRecord record = record_of(place_.epochs[i]);
      if (is_paper_) {
        const int epoch = static_cast<int>(i) + 1;
        result.best_accuracy.see(record.scores.accuracy, epoch);
        result.best_macro_f1.see(record.scores.macro_f1, epoch);
        result.best_auc.see(record.scores.auc, epoch);
        if (rows_.dataset.order) {
          result.best_quadratic_kappa.see(*record.scores.quadratic_kappa, epoch);
        }
      }
      result.train_seconds_per_epoch += record.train_seconds / plan_.run.epochs;
      result.epochs.push_back(std::move(record));
    }
    result.log.push_back(
        dated(fmt::format("epoch {} of {} was chosen by {}", result.chosen_epoch, plan_.run.epochs,
                          chooser_text(rows_.split, is_paper_))));
  }

  FinetuneCost cost() const {
    FinetuneCost cost;
    cost.memory = trainer_.memory(rows_.longest_text);
    cost.steps_per_epoch = batches();
    cost.steps = trainer_.steps_taken();
    if (!place_.epochs.empty()) {  // whole epochs were measured
      for (const FinetuneEpoch& epoch : place_.epochs) {
        const auto count = static_cast<double>(place_.epochs.size());
        cost.train_seconds_per_epoch += epoch.train_seconds / count;
        cost.inference_seconds_per_epoch += epoch.inference_seconds / count;
      }
      cost.seconds_per_step = cost.train_seconds_per_epoch / static_cast<double>(batches());
      return cost;
    }
    for (size_t i = 1; i < step_seconds_.size(); ++i) {
      cost.seconds_per_step += step_seconds_[i] / static_cast<double>(step_seconds_.size() - 1);
    }
    cost.train_seconds_per_epoch = cost.seconds_per_step * static_cast<double>(batches());
    const size_t sample = std::min(kScoredTogether, scored_.size());
    const Stopwatch watch;
    trainer_.features(rows_.data, std::span(scored_).first(sample));
    cost.inference_seconds_per_epoch =
        watch.seconds() * static_cast<double>(scored_.size()) / static_cast<double>(sample);
    cost.extrapolated = true;
    cost.measured_share =
        static_cast<double>(step_seconds_.size()) / static_cast<double>(batches());
    return cost;
  }

  const FinetuneRows& rows_;
  const FinetunePlan& plan_;
  Progress& progress_;
  bool is_paper_;
  const std::vector<int32_t>& scored_;
  std::vector<int64_t> bounds_;
  FinetuneTrainer trainer_;
  FinetuneCheckpoint checkpoint_;
  FinetunePlace place_;
  Stopwatch all_, since_checkpoint_;
  std::vector<double> step_seconds_;
};

}  // namespace

FinetuneResult finetune(const FinetuneRows& rows, const FinetunePlan& plan,
                        const FinetuneFolders& folders, Progress& progress) {
  return Training(rows, plan, progress).run(folders);
}

}  // namespace puente
