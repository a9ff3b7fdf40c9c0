#include "align/alignment.h"

#include <algorithm>
#include <utility>

#include "align/fit_step.h"
#include "align/live_rows.h"
#include "base/error.h"
#include "data/rows_at.h"

namespace puente {
namespace {

constexpr int64_t kRowsAtOnce = 64;  // rows that are worked on at a time

/// Rows as a later step is fitted on them: `step` applied, and its noise, one draw of it.
ModalityRows made_rows(const FittedStep& step, const FittedHalf& half, ModalityRows rows,
                       uint64_t stream) {
  if (half.inputs == 0) return {};
  BasicMatrix<double> made = std::move(rows).matrix();
  add_noise(step.step, {}, stream, made);
  apply(step.step.kind, half, made);
  return ModalityRows(std::move(made));
}

std::vector<FittedStep> fit_steps(const AlignSpec& spec, const EmbeddingTable& table,
                                  std::span<const int32_t> rows) {
  FitRows made;
  if (table.has_image()) made.image = ModalityRows(table.image, rows);
  if (table.has_text()) made.text = ModalityRows(table.text, rows);
  std::vector<FittedStep> steps;
  for (size_t s = 0; s < spec.steps.size(); ++s) {
    const FittedStep& step = steps.emplace_back(fit_step(spec.steps[s], made, table.source));
    if (s + 1 == spec.steps.size()) break;
    made.image = made_rows(step, step.image, std::move(made.image), 2 * s);
    made.text = made_rows(step, step.text, std::move(made.text), 2 * s + 1);
  }
  return steps;
}

/// One modality's vectors through steps, into the columns from `first` on.
void write_half(std::span<const FittedStep> steps, FittedHalf FittedStep::*half,
                const Matrix& vectors, int64_t first, Matrix& features) {
  for (int64_t begin = 0; begin < vectors.rows(); begin += kRowsAtOnce) {
    const int64_t size = std::min(kRowsAtOnce, vectors.rows() - begin);
    BasicMatrix<double> block(size, vectors.cols());
    std::copy_n(vectors.row(begin), block.size(), block.data());
    for (const FittedStep& step : steps) apply(step.step.kind, step.*half, block);
    for (int64_t i = 0; i < size; ++i) {
      float* const out = features.row(begin + i) + first;
      for (int64_t j = 0; j < block.cols(); ++j) out[j] = static_cast<float>(block(i, j));
    }
  }
}

}  // namespace

Alignment::Alignment(const AlignSpec& spec, const EmbeddingTable& table,
                     std::span<const int32_t> rows)
    : image_dim_(table.image.cols()), text_dim_(table.text.cols()) {
  PUENTE_ASSERT(spec.steps.empty() || !rows.empty());
  for (const int32_t row : rows) PUENTE_ASSERT(row >= 0 && row < table.rows());
  steps_ = fit_steps(spec, table, rows);
}

Alignment::Alignment(std::vector<FittedStep> steps, int64_t image_dim, int64_t text_dim)
    : steps_(std::move(steps)), image_dim_(image_dim), text_dim_(text_dim) {}

AlignSpec Alignment::spec() const {
  AlignSpec spec;
  for (const FittedStep& step : steps_) spec.steps.push_back(step.step);
  return spec;
}

int64_t Alignment::aligned_image_dim() const {
  return steps_.empty() ? image_dim_ : steps_.back().image.outputs;
}

int64_t Alignment::aligned_text_dim() const {
  return steps_.empty() ? text_dim_ : steps_.back().text.outputs;
}

bool Alignment::learns_lambda() const { return spec().has(AlignKind::shift_learned); }

void Alignment::set_lambda(double lambda) {
  PUENTE_ASSERT(learns_lambda());
  lambda_ = lambda;
}

size_t Alignment::first_live_step() const {
  const auto live = std::ranges::find_if(steps_, [](const FittedStep& step) {
    return is_noise(step.step.kind) || step.step.kind == AlignKind::shift_learned;
  });
  return static_cast<size_t>(live - steps_.begin());
}

AlignedTable Alignment::through(const EmbeddingTable& table,
                                std::span<const FittedStep> steps) const {
  if (table.image.cols() != image_dim_ || table.text.cols() != text_dim_) {
    fail(
        "{}: image and text vectors have {} and {} numbers, but the alignment was fitted on {} and "
        "{}; embed with the same encoders",
        table.source, table.image.cols(), table.text.cols(), image_dim_, text_dim_);
  }
  PUENTE_ASSERT(!table.has_image() || !table.has_text() || table.image.rows() == table.text.rows());
  AlignedTable aligned;
  aligned.image_dim = steps.empty() ? image_dim_ : steps.back().image.outputs;
  aligned.text_dim = steps.empty() ? text_dim_ : steps.back().text.outputs;
  const int64_t rows = table.has_image() ? table.image.rows() : table.text.rows();
  aligned.features = Matrix(rows, aligned.image_dim + aligned.text_dim);
  if (table.has_image()) write_half(steps, &FittedStep::image, table.image, 0, aligned.features);
  if (table.has_text()) {
    write_half(steps, &FittedStep::text, table.text, aligned.image_dim, aligned.features);
  }
  return aligned;
}

AlignedTable Alignment::for_training(const EmbeddingTable& table) const {
  const std::span<const FittedStep> steps(steps_);
  const size_t live = first_live_step();
  AlignedTable aligned = through(table, steps.first(live));
  if (live == steps.size()) return aligned;
  aligned.live = std::make_shared<LiveRows>(
      std::vector<FittedStep>(steps_.begin() + static_cast<std::ptrdiff_t>(live), steps_.end()));
  aligned.image_dim = aligned_image_dim();
  aligned.text_dim = aligned_text_dim();
  return aligned;
}

// As a training scores rows: in floats where it begins with live ones.
AlignedTable Alignment::apply(const EmbeddingTable& table) const {
  AlignedTable aligned = for_training(table);
  if (aligned.live == nullptr) return aligned;
  aligned.features = aligned.live->scored(row_pointers(aligned.features), lambda_);
  aligned.live.reset();
  return aligned;
}

}  // namespace puente
