#include "experiment/sweep_training.h"

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/resources.h"
#include "base/threads.h"
#include "experiment/sweep_book.h"

namespace puente {
namespace {

SweepScores sweep_scores(const Evaluation& all) {
  return {all.accuracy, all.macro_f1, all.auc, all.quadratic_kappa};
}

/// An aligned table that several trainings share, made by whoever comes to it first in the order of
/// the work, and dropped after the last of them.
class SharedTable {
 public:
  explicit SharedTable(int64_t users) : users_(users), table_(promise_.get_future().share()) {}

  template <class Make>
  void make(Make&& make_table) {
    try {
      promise_.set_value(std::make_shared<const AlignedTable>(make_table()));
    } catch (...) {
      promise_.set_exception(std::current_exception());
      throw;
    }
  }
  /// Waits for it.
  std::shared_ptr<const AlignedTable> get() { return table_.get(); }
  void leave() {
    if (users_.fetch_sub(1) == 1) {
      promise_ = {};
      table_ = {};
    }
  }

 private:
  std::atomic<int64_t> users_;
  std::promise<std::shared_ptr<const AlignedTable>> promise_;
  std::shared_future<std::shared_ptr<const AlignedTable>> table_;
};

struct SweepItem {
  bool makes_table;
  size_t number;  // of a training
  size_t table;
};

}  // namespace

SweepTrainer::SweepTrainer(const Dataset& dataset, std::span<const NamedSplit> splits,
                           const RunPlan& base, int threads, SweepBook& book)
    : dataset_(dataset), splits_(splits), base_(base), threads_(threads), book_(book) {}

std::string SweepTrainer::key_of(const SweepTraining& training) const {
  return fmt::format("{} {} {} {} {}", base_.protocol.text(), training.split, training.align.text(),
                     name_of(training.fusion), training.seed);
}

SweepTrained SweepTrainer::train(const SweepTraining& training, const AlignedTable& aligned) const {
  RunPlan plan = base_;
  plan.fusion = training.fusion;
  plan.align = training.align;
  plan.options.seed = training.seed;
  plan.options.threads = 1;
  const Stopwatch watch;
  RunResult result = puente::run(dataset_, splits_[training.split].split, aligned, plan, {});
  SweepTrained trained;
  trained.chosen_epoch = result.chosen_epoch;
  if (base_.protocol.kind != Protocol::paper) {
    const EpochRecord& epoch = result.epochs[static_cast<size_t>(result.chosen_epoch) - 1];
    trained.validation = sweep_scores(epoch.scores);
    trained.validation_loss = epoch.validation_loss;
  }
  trained.test = sweep_scores(result.test);
  trained.best_accuracy = result.best_accuracy;
  trained.best_macro_f1 = result.best_macro_f1;
  trained.best_auc = result.best_auc;
  trained.best_quadratic_kappa = result.best_quadratic_kappa;
  trained.probabilities = std::move(result.predictions.probabilities);
  trained.seconds = watch.seconds();
  return trained;
}

void SweepTrainer::run(std::span<const SweepTraining> trainings, bool whole, Progress& progress,
                       const std::function<void(size_t, SweepTrained)>& done) {
  // The trainings of each table, less those of the book.
  std::vector<std::vector<size_t>> of_table;
  const SweepTraining* before = nullptr;
  int64_t left = 0;
  for (size_t i = 0; i < trainings.size(); ++i) {
    std::optional<SweepTrained> known = book_.find(key_of(trainings[i]));
    if (known && (!whole || !known->probabilities.empty())) {
      done(i, std::move(*known));
      continue;
    }
    const SweepTraining& one = trainings[i];
    if (before == nullptr || before->split != one.split || before->align != one.align) {
      of_table.emplace_back();
    }
    before = &one;
    of_table.back().push_back(i);
    ++left;
  }
  // Each table is made in the middle of the trainings on the one before it.
  std::vector<SweepItem> items;
  std::vector<std::unique_ptr<SharedTable>> tables;
  for (size_t t = 0; t < of_table.size(); ++t) {
    tables.push_back(std::make_unique<SharedTable>(static_cast<int64_t>(of_table[t].size())));
    if (t == 0) items.push_back({true, 0, 0});
    const size_t middle = of_table[t].size() / 2;
    for (size_t i = 0; i < of_table[t].size(); ++i) {
      if (i == middle && t + 1 < of_table.size()) items.push_back({true, 0, t + 1});
      items.push_back({false, of_table[t][i], t});
    }
  }
  if (left == 0) return;
  std::mutex mutex;
  progress.begin("sweeping", "runs", left);
  parallel_for(static_cast<int64_t>(items.size()), threads_, [&](int64_t number, int) {
    const SweepItem& item = items[static_cast<size_t>(number)];
    SharedTable& shared = *tables[item.table];
    if (item.makes_table) {
      const SweepTraining& first = trainings[of_table[item.table].front()];
      shared.make([&] {
        return align_for(dataset_, splits_[first.split].split, base_.protocol.kind, first.align);
      });
      return;
    }
    SweepTrained trained;
    {
      const std::shared_ptr<const AlignedTable> aligned = shared.get();
      trained = train(trainings[item.number], *aligned);
    }
    shared.leave();
    const std::lock_guard lock(mutex);
    book_.add(key_of(trainings[item.number]), trained);
    done(item.number, std::move(trained));
    progress.advance(1);
  });
  progress.end();
}

}  // namespace puente
