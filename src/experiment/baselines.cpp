#include "experiment/baselines.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "data/manifest.h"
#include "eval/multiple.h"
#include "eval/scorer.h"
#include "fusion/trainer.h"
#include "heads/learning_curve.h"
#include "heads/tabular.h"

namespace puente {
namespace {

/// A classifier to be trained, and where its outcome goes.
struct Task {
  Inputs inputs;
  std::optional<FusionKind> fusion;  // else `head`
  HeadSpec head;
};

/// The features of every kind of input, made once.
class Features {
 public:
  Features(const Dataset& dataset, const Split& split, const BaselinesPlan& plan)
      : aligned_(align_for(dataset, split, plan.fusion.protocol.kind, plan.fusion.align)) {
    if (plan.tabular.empty()) return;
    std::vector<Column> columns;
    for (const std::string& name : plan.tabular) {
      columns.push_back(
          require_column(dataset.table.columns, name, "--tabular", dataset.table.source));
    }
    tabular_ = TabularFeatures(columns, split.train, dataset.table.source)
                   .apply(columns, dataset.table.source);
    if (aligned_.image_dim == 0) return;
    image_and_tabular_ = Matrix(tabular_.rows(), aligned_.image_dim + tabular_.cols());
    for (int64_t i = 0; i < tabular_.rows(); ++i) {
      float* row = image_and_tabular_.row(i);
      std::copy_n(aligned_.features.row(i), aligned_.image_dim, row);
      std::copy_n(tabular_.row(i), tabular_.cols(), row + aligned_.image_dim);
    }
  }

  const AlignedTable& aligned() const { return aligned_; }
  bool has(Inputs inputs) const { return of(inputs).cols > 0; }

  MatrixView<const float> of(Inputs inputs) const {
    const Matrix& all = aligned_.features;
    switch (inputs) {
      case Inputs::image:
        return {all.data(), all.rows(), aligned_.image_dim, all.cols()};
      case Inputs::text:
        return {all.data() + aligned_.image_dim, all.rows(), aligned_.text_dim, all.cols()};
      case Inputs::both:
        if (aligned_.image_dim == 0 || aligned_.text_dim == 0) return {};
        return all.view();
      case Inputs::tabular:
        return tabular_.view();
      case Inputs::image_and_tabular:
        return image_and_tabular_.view();
    }
    PUENTE_ASSERT(false);
  }

 private:
  AlignedTable aligned_;
  Matrix tabular_;
  Matrix image_and_tabular_;
};

std::vector<Task> tasks_of(const Features& features, const BaselinesPlan& plan) {
  std::vector<Task> tasks;
  for (const Inputs inputs : {Inputs::both, Inputs::image, Inputs::text}) {
    if (!features.has(inputs)) continue;
    for (const FusionKind kind : {FusionKind::early, FusionKind::late}) {
      // With one half the two differ in the hidden layer's size alone.
      if (inputs != Inputs::both && kind != plan.fusion.fusion) continue;
      tasks.push_back({inputs, kind, {}});
    }
  }
  // The reference first.
  std::ranges::stable_partition(tasks, [&](const Task& t) {
    return t.inputs == tasks.front().inputs && t.fusion == plan.fusion.fusion;
  });
  for (const Inputs inputs :
       {Inputs::both, Inputs::image, Inputs::text, Inputs::tabular, Inputs::image_and_tabular}) {
    if (!features.has(inputs)) continue;
    for (const HeadSpec& head : plan.heads) tasks.push_back({inputs, {}, head});
  }
  return tasks;
}

/// A dataset whose table has only one half.
Dataset with_half(const Dataset& dataset, Inputs inputs) {
  Dataset half = dataset;
  if (inputs == Inputs::image) half.table.text = Matrix();
  if (inputs == Inputs::text) half.table.image = Matrix();
  return half;
}

/// Its trainings with each seed. `weights` gets those of the first seed.
std::vector<Predictions> train_fusion(const Dataset& dataset, const Split& split,
                                      const BaselinesPlan& plan, const Task& task,
                                      const AlignedTable& aligned, Contender& contender,
                                      FusionWeights* weights) {
  // One half alone: a shift needs both, so the vectors are taken as they are.
  const bool whole = task.inputs == Inputs::both;
  const Dataset half = whole ? Dataset() : with_half(dataset, task.inputs);
  const Dataset& data = whole ? dataset : half;
  RunPlan run_plan = plan.fusion;
  run_plan.fusion = *task.fusion;
  run_plan.options.threads = 1;
  if (!whole) run_plan.align = {AlignMethod::none, 0};
  const AlignedTable own =
      whole ? AlignedTable() : align_for(data, split, run_plan.protocol.kind, run_plan.align);
  std::vector<Predictions> seeds;
  for (int seed = 0; seed < plan.seeds; ++seed) {
    run_plan.options.seed = plan.fusion.options.seed + static_cast<uint64_t>(seed);
    RunResult result = run(data, split, whole ? aligned : own, run_plan, {});
    contender.chosen += fmt::format("{}{}", seed == 0 ? "epoch " : ", ", result.chosen_epoch);
    if (seed == 0 && weights != nullptr) *weights = std::move(result.weights);
    seeds.push_back(std::move(result.predictions));
  }
  contender.classifier = fmt::format("{} fusion", name_of(*task.fusion));
  if (!whole) contender.classifier = "the paper's head";
  return seeds;
}

Predictions train_head(const Dataset& dataset, const Split& split, const Task& task,
                       MatrixView<const float> features, Contender& contender) {
  const auto head =
      fit_head({features, dataset.labels.of_row, dataset.classes(), split.train, split.validation},
               task.head);
  contender.classifier = task.head.text();
  contender.chosen = head->chosen();
  Predictions test{head->probabilities(features, split.test), {}};
  for (const int32_t row : split.test) {
    test.label.push_back(dataset.labels.of_row[static_cast<size_t>(row)]);
  }
  return test;
}

Statistic macro_f1_of(const Predictions& predictions) {
  return [scorer = Scorer(predictions)](std::span<const int32_t> times, std::span<double> values) {
    values[0] = scorer.evaluate(times).macro_f1;
  };
}

void compare_to_first(std::vector<Contender>& contenders,
                      const std::vector<std::vector<Predictions>>& seeds,
                      std::span<const int32_t> groups, int threads) {
  std::vector<double> p;
  for (size_t i = 1; i < contenders.size(); ++i) {
    contenders[i].difference =
        compare_paired(seeds[0], seeds[i], groups, 1, macro_f1_of, {.threads = threads}).front();
    p.push_back(contenders[i].difference->p);
  }
  const std::vector<double> adjusted = holm_adjusted(p);
  for (size_t i = 0; i < adjusted.size(); ++i) contenders[i + 1].adjusted_p = adjusted[i];
}

/// The test rows with columns first .. first + count replaced by their mean over the training rows.
Evaluation with_mean_in(const Dataset& dataset, const Split& split, const AlignedTable& aligned,
                        const FusionWeights& weights, int64_t first, int64_t count, int threads) {
  std::vector<double> mean(static_cast<size_t>(count));
  for (const int32_t row : split.train) {
    for (int64_t j = 0; j < count; ++j) {
      mean[static_cast<size_t>(j)] += static_cast<double>(aligned.features(row, first + j)) /
                                      static_cast<double>(split.train.size());
    }
  }
  Matrix features(static_cast<int64_t>(split.test.size()), aligned.features.cols());
  Predictions predictions;
  for (size_t i = 0; i < split.test.size(); ++i) {
    float* row = features.row(static_cast<int64_t>(i));
    std::ranges::copy(aligned.features.row_span(split.test[i]), row);
    std::ranges::copy(mean, row + first);
    predictions.label.push_back(dataset.labels.of_row[static_cast<size_t>(split.test[i])]);
  }
  predict_probabilities(weights, features.view(), first_numbers(split.test.size()), threads,
                        predictions.probabilities);
  return evaluate(predictions);
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

Baselines compare_baselines(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                            Progress& progress) {
  PUENTE_ASSERT(!split.validation.empty() && plan.seeds > 0);
  const Features features(dataset, split, plan);
  const std::vector<Task> tasks = tasks_of(features, plan);
  const int threads = plan.fusion.options.threads;
  Baselines result;
  result.contenders.resize(tasks.size());
  std::vector<std::vector<Predictions>> seeds(tasks.size());
  FusionWeights reference;
  progress.begin("training", "classifiers", static_cast<int64_t>(tasks.size()));
  parallel_for(static_cast<int64_t>(tasks.size()), threads, [&](int64_t item, int) {
    check_interrupt();
    const auto i = static_cast<size_t>(item);
    Contender& contender = result.contenders[i];
    contender.inputs = tasks[i].inputs;
    if (tasks[i].fusion) {
      seeds[i] = train_fusion(dataset, split, plan, tasks[i], features.aligned(), contender,
                              i == 0 ? &reference : nullptr);
    } else {
      seeds[i] = {train_head(dataset, split, tasks[i], features.of(tasks[i].inputs), contender)};
    }
    contender.test = mean_of(seeds[i]);
    contender.scores = evaluate(contender.test);
    contender.estimates = estimate_test(dataset, split.test, {&contender.test, 1}, 1);
    progress.advance(1);
  });
  progress.end();
  std::vector<int32_t> groups;
  for (const int32_t row : split.test) {
    groups.push_back(dataset.groups.of_row[static_cast<size_t>(row)]);
  }
  compare_to_first(result.contenders, seeds, groups, threads);
  const AlignedTable& aligned = features.aligned();
  if (aligned.image_dim > 0 && aligned.text_dim > 0) {
    result.without_image =
        with_mean_in(dataset, split, aligned, reference, 0, aligned.image_dim, threads);
    result.without_text = with_mean_in(dataset, split, aligned, reference, aligned.image_dim,
                                       aligned.text_dim, threads);
  }
  if (plan.learning_curve) result.curve = curve_of(dataset, split, plan, progress);
  return result;
}

}  // namespace puente
