#include <algorithm>
#include <cmath>
#include <utility>

#include "puente/puente.h"

#include "align/alignment.h"
#include "audit/audit.h"
#include "base/error.h"
#include "base/threads.h"
#include "experiment/run.h"
#include "fusion/trainer.h"
#include "report/embed_report.h"
#include "report/embedded_facts.h"
#include "store/table_io.h"

namespace puente {

std::string_view version() { return PUENTE_VERSION; }

EmbeddingTable read_embedding_table(const std::filesystem::path& path) { return read_table(path); }

namespace {

void check_finite(const char* half, const Matrix& vectors) {
  for (int64_t row = 0; row < vectors.rows(); ++row) {
    const std::span<const float> values = vectors.row_span(row);
    if (std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) continue;
    fail("{} vector {} (from 1) holds a number that is NaN or infinite", half, row + 1);
  }
}

/// A table that was not read from a file may be anything.
void check_table(const EmbeddingTable& table) {
  const int64_t rows = table.rows();
  for (const Column& column : table.columns) {
    if (std::ssize(column.values) == rows) continue;
    fail("the table's column '{}' has {} values, and '{}' has {}", column.name,
         column.values.size(), table.columns.front().name, rows);
  }
  for (const auto& [half, vectors] :
       {std::pair("image", &table.image), std::pair("text", &table.text)}) {
    if (vectors->cols() > 0 && vectors->rows() != rows) {
      fail("the table has {} rows and {} {} vectors", rows, vectors->rows(), half);
    }
    check_finite(half, *vectors);
  }
}

}  // namespace

void write_embedding_table(const EmbeddingTable& table, const std::filesystem::path& path) {
  check_table(table);
  write_table(table, path);
}

namespace {

/// The table with what is asked of it.
struct Question {
  Dataset dataset;
  RunPlan plan;
  Split split;
};

Question question_of(const EmbeddingTable& table, const ClassifierOptions& options) {
  check_table(table);
  Question question;
  RunPlan& plan = question.plan;
  plan.fusion = options.late_fusion ? FusionKind::late : FusionKind::early;
  plan.align = AlignSpec::parse(options.align);
  plan.epochs = options.epochs;
  plan.protocol.seed = options.split_seed;
  plan.options.seed = options.seed;
  plan.options.threads = options.threads > 0 ? options.threads : available_cores();
  question.dataset = make_dataset(table, {.label = options.label, .group = options.group});
  question.split = make_split(question.dataset, plan.protocol);
  return question;
}

std::optional<Prompt> prompt_of(const EmbeddingTable& table, const std::string& given) {
  if (!given.empty()) return Prompt(given);
  if (table.source.empty()) return std::nullopt;
  return prompt_in(embed_reports({&table.source, 1}), table);
}

std::vector<Finding> audit_of(const Question& question, const ClassifierOptions& options) {
  const EmbeddingTable& table = question.dataset.table;
  AuditInput input = audit_input_of(question.dataset);
  if (const std::optional<Prompt> prompt = prompt_of(table, options.prompt)) {
    add_prompt(input, *prompt, table.source);
  }
  std::error_code unreadable;
  if (std::filesystem::is_regular_file(table.source, unreadable)) {
    const std::span tables(&table.source, 1);
    add_embedded_facts(input, read_embedded_facts(tables, embed_reports(tables)));
  }
  input.split = question.split;
  input.threads = question.plan.options.threads;
  Silent silent;
  return audit(input, silent);
}

void stop_at_errors(const std::vector<Finding>& findings) {
  if (findings.empty() || findings.front().severity != Severity::error) return;
  fail(
      "the leak audit found an error: {}; {}; audit() lists all there are, despite_leaks trains "
      "all the same",
      findings.front().message, findings.front().advice);
}

}  // namespace

std::vector<Finding> audit(const EmbeddingTable& table, const ClassifierOptions& options) {
  return audit_of(question_of(table, options), options);
}

struct Classifier::Impl {
  Alignment alignment;
  FusionWeights weights;
  std::vector<std::string> classes;
  Scores scores;
  std::vector<Finding> findings;
  int threads;
};

Classifier::Classifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;

Classifier Classifier::train(const EmbeddingTable& table, const ClassifierOptions& options) {
  const Question question = question_of(table, options);
  const auto& [dataset, plan, split] = question;
  std::vector<Finding> findings = audit_of(question, options);
  if (!options.despite_leaks) stop_at_errors(findings);
  Alignment alignment(plan.align, dataset.table, split.train);
  RunResult result = run(dataset, split, alignment.for_training(dataset.table), plan, {});
  if (result.weights.lambda) alignment.set_lambda(*result.weights.lambda);
  return Classifier(std::make_unique<Impl>(
      Impl{std::move(alignment), std::move(result.weights), dataset.labels.names,
           Scores{result.test.accuracy, result.test.macro_f1, result.test.auc}, std::move(findings),
           plan.options.threads}));
}

const std::vector<std::string>& Classifier::classes() const { return impl_->classes; }
const std::vector<Finding>& Classifier::findings() const { return impl_->findings; }
const Scores& Classifier::test_scores() const { return impl_->scores; }

Matrix Classifier::probabilities(const Matrix& images, const Matrix& texts) const {
  const Alignment& alignment = impl_->alignment;
  if (images.cols() != alignment.image_dim() || texts.cols() != alignment.text_dim()) {
    fail("the classifier was trained on images {} wide and texts {} wide; these are {} and {}",
         alignment.image_dim(), alignment.text_dim(), images.cols(), texts.cols());
  }
  if (images.cols() > 0 && texts.cols() > 0 && images.rows() != texts.rows()) {
    fail("{} image vectors but {} text vectors", images.rows(), texts.rows());
  }
  check_finite("image", images);
  check_finite("text", texts);
  EmbeddingTable table;
  table.image = images;
  table.text = texts;
  const AlignedTable aligned = alignment.apply(table);
  const std::vector<int32_t> rows = first_numbers(static_cast<size_t>(aligned.features.rows()));
  Matrix probabilities;
  predict_probabilities(impl_->weights, aligned.features, rows, impl_->threads, probabilities);
  return probabilities;
}

}  // namespace puente
