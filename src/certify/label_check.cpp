#include "certify/label_check.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/labels.h"
#include "data/split.h"
#include "embed/mean_vector.h"
#include "experiment/run.h"

namespace puente {
namespace {

constexpr int kSeeds = 3;
const ProtocolOptions kProtocol = {.chooser = Chooser::validation};
constexpr int64_t kPartsOfASplit = 3;  // a class needs a group in each

/// The row's vectors, or a single column of zeros where there are none yet.
EmbeddingTable table_of(const LabelQuestion& question, const Sample& sample, const Matrix& images,
                        const Matrix& texts) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < sample.manifest.rows(); ++row) {
    const bool readable =
        sample.images_of_row.empty() || !sample.images_of_row[static_cast<size_t>(row)].empty();
    if (readable) rows.push_back(row);
  }
  EmbeddingTable table;
  table.source = sample.manifest.source;
  const auto take_column = [&](const Column& from) {
    Column& column = table.columns.emplace_back(Column{from.name, {}});
    for (const int64_t row : rows) column.values.push_back(from.values[static_cast<size_t>(row)]);
  };
  take_column(sample.manifest.column(question.label, "--label"));
  if (question.group) take_column(sample.manifest.column(*question.group, "--group"));
  const auto take_vectors = [&](const Matrix& from, auto&& inputs_of) {
    if (from.cols() == 0) return Matrix();
    Matrix vectors(static_cast<int64_t>(rows.size()), from.cols());
    MeanVector mean;
    for (size_t i = 0; i < rows.size(); ++i) {
      mean.clear();
      for (const int32_t input : inputs_of(static_cast<size_t>(rows[i]))) {
        mean.add(from.row_span(input));
      }
      std::ranges::copy(mean.mean(), vectors.row(static_cast<int64_t>(i)));
    }
    return vectors;
  };
  table.image = take_vectors(
      images, [&](size_t row) -> std::span<const int32_t> { return sample.images_of_row[row]; });
  table.text = take_vectors(
      texts, [&](size_t row) { return std::span<const int32_t>(&sample.texts.of_row[row], 1); });
  if (!table.has_image() && !table.has_text()) {
    table.image = Matrix(static_cast<int64_t>(rows.size()), 1);
  }
  return table;
}

DatasetOptions options_of(const LabelQuestion& question) {
  return {.label = question.label, .group = question.group, .min_groups = kPartsOfASplit};
}

void require_classes(const EmbeddingTable& table, const LabelQuestion& question) {
  const Categories labels = categories_of(table.columns.front(), table.source);
  const Categories groups = question.group ? categories_of(table.columns.back(), table.source)
                                           : each_row_alone(table.rows());
  const KeptClasses kept = keep_classes(labels, groups, kPartsOfASplit);
  const auto classes = labels.count() - static_cast<int64_t>(kept.left_out.size());
  if (classes >= 2) return;
  fail(
      "{}: column '{}' has {} class{} with at least {} {} among the {} rows of the sample; a "
      "classifier needs two: raise --sample, or leave --label out",
      table.source, question.label, classes, classes == 1 ? "" : "es", kPartsOfASplit,
      question.group ? "groups" : "rows", table.rows());
}

}  // namespace

LabelCheck plan_label_check(const LabelQuestion& question, const Manifest& whole,
                            const Sample& sample) {
  // Of all rows, so that a mistake is named by its row in the file.
  categories_of(whole.column(question.label, "--label"), whole.source);
  if (question.group) categories_of(whole.column(*question.group, "--group"), whole.source);
  EmbeddingTable table = table_of(question, sample, {}, {});
  require_classes(table, question);
  const Dataset dataset = make_dataset(std::move(table), options_of(question));
  const Split split = make_split(dataset, kProtocol);
  LabelCheck plan;
  plan.question = question;
  plan.seeds = kSeeds;
  plan.classes = dataset.classes();
  plan.left_out = dataset.left_out;
  plan.train_rows = static_cast<int64_t>(split.train.size());
  plan.validation_rows = static_cast<int64_t>(split.validation.size());
  plan.test_rows = static_cast<int64_t>(split.test.size());
  return plan;
}

LabelScores score_label(const LabelCheck& plan, const Sample& sample, const Matrix& images,
                        const Matrix& texts, Precision precision, int threads, Progress& progress) {
  const Dataset dataset =
      make_dataset(table_of(plan.question, sample, images, texts), options_of(plan.question));
  RunPlan run_plan;
  run_plan.fusion = FusionKind::early;
  run_plan.options.threads = threads;
  run_plan.protocol = kProtocol;
  const Split split = make_split(dataset, run_plan.protocol);
  const AlignedTable aligned = align_for(dataset, split, run_plan.protocol.kind, run_plan.align);
  LabelScores scores;
  progress.begin(fmt::format("training on {} vectors", name_of(precision)), "epochs",
                 int64_t{plan.seeds} * run_plan.epochs);
  for (int seed = 0; seed < plan.seeds; ++seed) {
    run_plan.options.seed = static_cast<uint64_t>(seed);
    const RunResult result =
        run(dataset, split, aligned, run_plan, [&progress] { progress.advance(1); });
    scores.accuracy += result.test.accuracy / plan.seeds;
    scores.macro_f1 += result.test.macro_f1 / plan.seeds;
  }
  progress.end();
  return scores;
}

}  // namespace puente
