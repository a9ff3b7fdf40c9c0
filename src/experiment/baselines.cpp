#include "experiment/baselines.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "data/manifest.h"
#include "data/rows_at.h"
#include "eval/multiple.h"
#include "eval/scorer.h"
#include "experiment/absent_half.h"
#include "fusion/trainer.h"
#include "heads/learning_curve.h"
#include "heads/linear_scores.h"
#include "heads/tabular.h"

namespace puente {
namespace {

/// A classifier to be trained, and where its outcome goes.
struct Task {
  Inputs inputs;
  std::optional<FusionKind> fusion;  // else `head`
  HeadSpec head;
};

void check_columns(const Dataset& dataset, const std::vector<std::string>& columns) {
  for (const std::string& name : columns) {
    if (std::ranges::count(columns, name) > 1) fail("--tabular names the column '{}' twice", name);
    if (name == dataset.options.label) fail("--tabular {}: that is the label itself", name);
    if (name == dataset.options.group) {
      fail("--tabular {}: that is the group, of which no value is in training and test", name);
    }
  }
}

/// The features of every kind of input, made once.
class Features {
 public:
  /// UserError as compare_baselines().
  Features(const Dataset& dataset, const Split& split, const BaselinesPlan& plan) {
    const Protocol protocol = plan.fusion.protocol.kind;
    check_columns(dataset, plan.tabular);
    both_ = align_for(dataset, split, protocol, plan.fusion.align);
    if (both_.live != nullptr) scored_both_ = both_.live->scored(row_pointers(both_.features), 0);
    alone_ = align_for(dataset, split, protocol, plan.fusion.align.for_one_modality());
    if (plan.tabular.empty()) return;
    std::vector<Column> columns;
    for (const std::string& name : plan.tabular) {
      columns.push_back(
          require_column(dataset.table.columns, name, "--tabular", dataset.table.source));
    }
    tabular_ = TabularFeatures(columns, split.train, dataset.table.source)
                   .apply(columns, dataset.table.source);
    if (alone_.image_dim == 0) return;
    image_and_tabular_ = Matrix(tabular_.rows(), alone_.image_dim + tabular_.cols());
    for (int64_t i = 0; i < tabular_.rows(); ++i) {
      float* row = image_and_tabular_.row(i);
      std::copy_n(alone_.features.row(i), alone_.image_dim, row);
      std::copy_n(tabular_.row(i), tabular_.cols(), row + alone_.image_dim);
    }
  }

  /// For a training of fusion, and as such a training scores rows.
  const AlignedTable& both() const { return both_; }
  const Matrix& scored_both() const {
    return both_.live == nullptr ? both_.features : scored_both_;
  }
  bool has(Inputs inputs) const { return of(inputs).cols > 0; }

  MatrixView<const float> of(Inputs inputs) const {
    const Matrix& alone = alone_.features;
    switch (inputs) {
      case Inputs::image:
        return {alone.data(), alone.rows(), alone_.image_dim, alone.cols()};
      case Inputs::text:
        return {alone.data() + alone_.image_dim, alone.rows(), alone_.text_dim, alone.cols()};
      case Inputs::both:
        if (both_.image_dim == 0 || both_.text_dim == 0) return {};
        return scored_both().view();
      case Inputs::tabular:
        return tabular_.view();
      case Inputs::image_and_tabular:
        return image_and_tabular_.view();
    }
    PUENTE_ASSERT(false);
  }

 private:
  AlignedTable both_;   // by the plan's alignment
  Matrix scored_both_;  // where that has live rows
  AlignedTable alone_;  // not shifted
  Matrix tabular_;
  Matrix image_and_tabular_;
};

std::vector<Task> tasks_of(const Features& features, const BaselinesPlan& plan) {
  const FusionKind kind = plan.fusion.fusion;
  const FusionKind other = kind == FusionKind::early ? FusionKind::late : FusionKind::early;
  std::vector<Task> tasks;
  if (features.has(Inputs::both)) {
    tasks = {{Inputs::both, kind, {}}};
    // What draws the branches of late fusion together cannot be trained early.
    if (plan.fusion.align.regularisation() == 0) tasks.push_back({Inputs::both, other, {}});
  }
  // With one half the two differ in the hidden layer's size alone.
  for (const Inputs inputs : {Inputs::image, Inputs::text}) {
    if (features.has(inputs)) tasks.push_back({inputs, kind, {}});
  }
  for (const Inputs inputs :
       {Inputs::both, Inputs::image, Inputs::text, Inputs::tabular, Inputs::image_and_tabular}) {
    if (!features.has(inputs)) continue;
    for (const HeadSpec& head : plan.heads) tasks.push_back({inputs, {}, head});
  }
  return tasks;
}

/// One half as a table of its own.
AlignedTable half_of(const Features& features, Inputs inputs) {
  const MatrixView<const float> from = features.of(inputs);
  AlignedTable half;
  (inputs == Inputs::image ? half.image_dim : half.text_dim) = from.cols;
  half.features = rows_at(from, first_numbers(static_cast<size_t>(from.rows)));
  return half;
}

/// The results of its trainings with each seed.
std::vector<RunResult> train_fusion(const Dataset& dataset, const Split& split,
                                    const BaselinesPlan& plan, const Task& task,
                                    const Features& features, Contender& contender) {
  const bool whole = task.inputs == Inputs::both;
  const AlignedTable half = whole ? AlignedTable() : half_of(features, task.inputs);
  RunPlan run_plan = plan.fusion;
  run_plan.fusion = *task.fusion;
  run_plan.options.threads = 1;
  if (!whole) run_plan.align = run_plan.align.for_one_modality();
  std::vector<RunResult> results;
  for (int seed = 0; seed < plan.seeds; ++seed) {
    run_plan.options.seed = plan.fusion.options.seed + static_cast<uint64_t>(seed);
    results.push_back(run(dataset, split, whole ? features.both() : half, run_plan, {}));
    contender.chosen +=
        fmt::format("{}{}", seed == 0 ? "epoch " : ", ", results.back().chosen_epoch);
  }
  contender.classifier =
      whole ? fmt::format("{} fusion", name_of(*task.fusion)) : "the paper's head";
  return results;
}

Predictions train_head(const Dataset& dataset, const Split& split, const Task& task,
                       MatrixView<const float> features, Contender& contender) {
  const auto head =
      fit_head({features, dataset.labels.of_row, dataset.classes(), split.train, split.validation},
               task.head);
  contender.classifier = task.head.text();
  contender.chosen = head->chosen();
  return {head->probabilities(features, split.test), labels_at(dataset.labels.of_row, split.test)};
}

/// One family: the p-values of all.
template <class Test>
void adjust(const std::vector<Test*>& family, double (*p_of)(const Test&)) {
  std::vector<double> p;
  for (const Test* test : family) p.push_back(p_of(*test));
  const std::vector<double> adjusted = holm_adjusted(p);
  for (size_t i = 0; i < family.size(); ++i) family[i]->adjusted_p = adjusted[i];
}

void compare_to_first(std::vector<Contender>& contenders,
                      const std::vector<std::vector<Predictions>>& seeds,
                      std::span<const int32_t> groups, int threads) {
  std::vector<Difference*> macro_f1, auc;
  std::vector<AucTest*> delong;
  const Predictions& first = contenders.front().test;
  const auto classes = static_cast<int32_t>(first.probabilities.cols());
  for (size_t i = 1; i < contenders.size(); ++i) {
    Contender& one = contenders[i];
    const std::vector<PairedComparison> both =
        compare_paired(seeds[0], seeds[i], groups, 2, macro_f1_and_auc, {.threads = threads});
    macro_f1.push_back(&one.macro_f1.emplace(Difference{both[0]}));
    auc.push_back(&one.auc.emplace(Difference{both[1]}));
    for (int32_t k = classes == 2 ? 1 : 0; k < classes; ++k) {
      one.delong.push_back({delong_test(first, one.test, k, groups), k});
    }
    for (AucTest& test : one.delong) delong.push_back(&test);
  }
  const auto p_of_bootstrap = [](const Difference& d) { return d.p; };
  adjust<Difference>(macro_f1, p_of_bootstrap);
  adjust<Difference>(auc, p_of_bootstrap);
  adjust<AucTest>(delong, [](const AucTest& t) {
    return has_enough_groups(t) ? t.p : std::numeric_limits<double>::quiet_NaN();
  });
}

/// The test rows with columns first .. first + count replaced by their mean over the training rows,
/// scored by the mean over the seeds' classifiers.
Evaluation with_mean_in(const Dataset& dataset, const Split& split, const Matrix& both,
                        const std::vector<FusionWeights>& seeds, int64_t first, int64_t count,
                        int threads) {
  const std::vector<double> mean = mean_of_half(both, split.train, first, count);
  Matrix features = rows_at(both, split.test);
  for (int64_t i = 0; i < features.rows(); ++i) std::ranges::copy(mean, features.row(i) + first);
  std::vector<Predictions> predictions;
  for (const FusionWeights& weights : seeds) {
    Predictions& one = predictions.emplace_back();
    one.label = labels_at(dataset.labels.of_row, split.test);
    predict_probabilities(weights, features, first_numbers(split.test.size()), threads,
                          one.probabilities);
  }
  return evaluate(mean_of(predictions), dataset.order);
}

std::vector<CurvePoint> curve_of(const Dataset& dataset, const Split& split,
                                 const BaselinesPlan& plan, Progress& progress) {
  const std::vector<CurveSubset> subsets = learning_curve(
      dataset.labels, dataset.groups, split.train, kCurveShares, plan.fusion.protocol.seed);
  std::vector<CurvePoint> curve(subsets.size());
  progress.begin("learning curve", "trainings", static_cast<int64_t>(subsets.size()));
  parallel_for(
      static_cast<int64_t>(subsets.size()), plan.fusion.options.threads, [&](int64_t i, int) {
        const CurveSubset& subset = subsets[static_cast<size_t>(i)];
        Split part = split;
        part.train = subset.rows;
        RunPlan own = plan.fusion;
        own.options.threads = 1;
        const AlignedTable aligned = align_for(dataset, part, own.protocol.kind, own.align);
        const RunResult result = run(dataset, part, aligned, own, {});
        curve[static_cast<size_t>(i)] = {
            subset.share, subset.groups, static_cast<int64_t>(subset.rows.size()), result.test,
            estimate_test(dataset, split.test, {&result.predictions, 1}, 1)};
        progress.advance(1);
      });
  progress.end();
  return curve;
}

}  // namespace

std::string_view name_of(Inputs inputs) {
  switch (inputs) {
    case Inputs::image:
      return "image";
    case Inputs::text:
      return "text";
    case Inputs::both:
      return "image + text";
    case Inputs::tabular:
      return "columns";
    case Inputs::image_and_tabular:
      return "image + columns";
  }
  PUENTE_ASSERT(false);
}

void check_baselines(const Dataset& dataset, const Split& split, const BaselinesPlan& plan) {
  check_fusion(plan.fusion);
  if (plan.fusion.align.has(AlignKind::shift_learned)) {
    fail(
        "alignment '{}': each classifier learns a lambda of its own, and the heads none; give "
        "shift:LAMBDA with the one that `puente train` found",
        plan.fusion.align.text());
  }
  const Features features(dataset, split, plan);
}

Baselines compare_baselines(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                            Progress& progress) {
  PUENTE_ASSERT(!split.validation.empty() && plan.seeds > 0);
  const Features features(dataset, split, plan);
  const std::vector<Task> tasks = tasks_of(features, plan);
  const int threads = plan.fusion.options.threads;
  Baselines result;
  result.contenders.resize(tasks.size());
  std::vector<std::vector<Predictions>> seeds(tasks.size());
  std::vector<FusionWeights> reference;  // of each seed
  progress.begin("training", "classifiers", static_cast<int64_t>(tasks.size()));
  parallel_for(static_cast<int64_t>(tasks.size()), threads, [&](int64_t item, int) {
    check_interrupt();
    const auto i = static_cast<size_t>(item);
    Contender& contender = result.contenders[i];
    contender.inputs = tasks[i].inputs;
    if (tasks[i].fusion) {
      for (RunResult& one : train_fusion(dataset, split, plan, tasks[i], features, contender)) {
        seeds[i].push_back(std::move(one.predictions));
        if (i == 0) reference.push_back(std::move(one.weights));
      }
    } else {
      seeds[i] = {train_head(dataset, split, tasks[i], features.of(tasks[i].inputs), contender)};
    }
    contender.test = mean_of(seeds[i]);
    contender.scores = evaluate(contender.test, dataset.order);
    contender.estimates = estimate_test(dataset, split.test, {&contender.test, 1}, 1);
    progress.advance(1);
  });
  progress.end();
  compare_to_first(result.contenders, seeds, labels_at(dataset.groups.of_row, split.test), threads);
  if (features.has(Inputs::both)) {
    const AlignedTable& both = features.both();
    result.without_image =
        with_mean_in(dataset, split, features.scored_both(), reference, 0, both.image_dim, threads);
    result.without_text = with_mean_in(dataset, split, features.scored_both(), reference,
                                       both.image_dim, both.text_dim, threads);
  }
  if (plan.learning_curve) result.curve = curve_of(dataset, split, plan, progress);
  return result;
}

}  // namespace puente
