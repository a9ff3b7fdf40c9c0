#include "align/alignment.h"

#include <algorithm>
#include <vector>

#include "align/unit_vector.h"
#include "base/error.h"

namespace puente {
namespace {

bool shifts(AlignMethod method) {
  return method == AlignMethod::shift || method == AlignMethod::shift_interpolated;
}

void check_shift(const AlignSpec& spec, const EmbeddingTable& table) {
  if (!table.has_image() || !table.has_text()) {
    fail(
        "{}: alignment '{}' needs image and text vectors, but the table has only {}; use 'none' or "
        "'normalise'",
        table.source, spec.text(), table.has_image() ? "images" : "texts");
  }
  if (spec.method == AlignMethod::shift && table.image.cols() != table.text.cols()) {
    fail(
        "{}: alignment '{}' needs image and text vectors of one size, but they have {} and {} "
        "numbers; use 'normalise', or 'shift-interpolated:{}' as the paper's authors did",
        table.source, spec.text(), table.image.cols(), table.text.cols(), spec.lambda);
  }
}

/// Sum over `rows` of the unit vectors, stretched to `width`.
std::vector<double> sum_of_units(const Matrix& vectors, std::span<const int32_t> rows,
                                 size_t width) {
  std::vector<double> sum(width);
  std::vector<double> unit(width);
  for (int32_t row : rows) {
    PUENTE_ASSERT(row >= 0 && row < vectors.rows());
    unit_vector(vectors.row_span(row), unit);
    for (size_t j = 0; j < width; ++j) sum[j] += unit[j];
  }
  return sum;
}

/// One modality's part of the features, from column `first` on: unit vectors, moved along `gap` (if
/// any) by `step` and brought back to length one.
void write_units(const Matrix& vectors, std::span<const double> gap, double step, int64_t width,
                 int64_t first, Matrix& features) {
  std::vector<double> v(static_cast<size_t>(width));
  // A second normalisation of what has not moved would only round once more.
  const bool moves = !gap.empty() && (step != 0 || width != vectors.cols());
  for (int64_t i = 0; i < vectors.rows(); ++i) {
    if (unit_vector(vectors.row_span(i), v) && moves) {
      for (size_t j = 0; j < v.size(); ++j) v[j] += step * gap[j];
      normalise(v);
    }
    float* out = features.row(i) + first;
    for (size_t j = 0; j < v.size(); ++j) out[j] = static_cast<float>(v[j]);
  }
}

void copy_columns(const Matrix& from, int64_t first, Matrix& to) {
  for (int64_t i = 0; i < from.rows(); ++i) {
    std::copy_n(from.row(i), from.cols(), to.row(i) + first);
  }
}

}  // namespace

int64_t gap_size(AlignMethod method, int64_t image_dim, int64_t text_dim) {
  return shifts(method) ? std::max(image_dim, text_dim) : 0;
}

Alignment::Alignment(const AlignSpec& spec, int64_t image_dim, int64_t text_dim,
                     std::span<const double> gap)
    : spec_(spec), image_dim_(image_dim), text_dim_(text_dim), gap_(gap.begin(), gap.end()) {
  PUENTE_ASSERT(static_cast<int64_t>(gap.size()) == gap_size(spec.method, image_dim, text_dim));
}

Alignment::Alignment(const AlignSpec& spec, const EmbeddingTable& table,
                     std::span<const int32_t> rows)
    : spec_(spec), image_dim_(table.image.cols()), text_dim_(table.text.cols()) {
  if (!shifts(spec.method)) return;
  check_shift(spec, table);
  PUENTE_ASSERT(!rows.empty());
  const auto width = static_cast<size_t>(gap_size(spec.method, image_dim_, text_dim_));
  const std::vector<double> image = sum_of_units(table.image, rows, width);
  const std::vector<double> text = sum_of_units(table.text, rows, width);
  const double count = static_cast<double>(rows.size());
  gap_.resize(width);
  for (size_t j = 0; j < width; ++j) gap_[j] = image[j] / count - text[j] / count;
}

AlignedTable Alignment::apply(const EmbeddingTable& table) const {
  if (table.image.cols() != image_dim_ || table.text.cols() != text_dim_) {
    fail(
        "{}: image and text vectors have {} and {} numbers, but the alignment was fitted on {} and "
        "{}; embed with the same encoders",
        table.source, table.image.cols(), table.text.cols(), image_dim_, text_dim_);
  }
  PUENTE_ASSERT(!table.has_image() || !table.has_text() || table.image.rows() == table.text.rows());
  const int64_t width = static_cast<int64_t>(gap_.size());
  AlignedTable aligned;
  aligned.image_dim = std::max(image_dim_, image_dim_ > 0 ? width : 0);
  aligned.text_dim = std::max(text_dim_, text_dim_ > 0 ? width : 0);
  const int64_t rows = table.has_image() ? table.image.rows() : table.text.rows();
  aligned.features = Matrix(rows, aligned.image_dim + aligned.text_dim);
  if (spec_.method == AlignMethod::none) {
    copy_columns(table.image, 0, aligned.features);
    copy_columns(table.text, aligned.image_dim, aligned.features);
    return aligned;
  }
  const double half = spec_.lambda / 2;
  if (table.has_image()) {
    write_units(table.image, gap_, -half, aligned.image_dim, 0, aligned.features);
  }
  if (table.has_text()) {
    write_units(table.text, gap_, half, aligned.text_dim, aligned.image_dim, aligned.features);
  }
  return aligned;
}

}  // namespace puente
