#include "align/fit_step.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "align/decompositions.h"
#include "align/eigen_matrix.h"
#include "align/principal_axes.h"
#include "align/unit_vector.h"
#include "base/error.h"

namespace puente {
namespace {

/// What a step does to each modality alone.
template <class FitHalf>
void fit_each(const FitRows& rows, FittedStep& fitted, const FitHalf& fit_half) {
  if (rows.image.cols() > 0) fit_half(rows.image, "image", fitted.image);
  if (rows.text.cols() > 0) fit_half(rows.text, "text", fitted.text);
}

// --- one modality ---

std::vector<double> mean_of_rows(const ModalityRows& rows) {
  std::vector<double> mean(static_cast<size_t>(rows.cols())), row(mean.size());
  for (int64_t i = 0; i < rows.rows(); ++i) {
    rows.copy_row(i, row);
    for (size_t j = 0; j < mean.size(); ++j) mean[j] += row[j];
  }
  for (double& x : mean) x /= static_cast<double>(rows.rows());
  return mean;
}

void fit_centre(const ModalityRows& rows, FittedHalf& half) { half.mean = mean_of_rows(rows); }

void fit_standardise(const ModalityRows& rows, FittedHalf& half) {
  fit_centre(rows, half);
  half.scale.assign(half.mean.size(), 0.0);
  std::vector<double> largest(half.mean.size()), row(half.mean.size());
  for (int64_t i = 0; i < rows.rows(); ++i) {
    rows.copy_row(i, row);
    for (size_t j = 0; j < row.size(); ++j) {
      const double distance = row[j] - half.mean[j];
      half.scale[j] += distance * distance;
      largest[j] = std::max(largest[j], std::abs(row[j]));
    }
  }
  for (size_t j = 0; j < half.scale.size(); ++j) {
    const double sd = std::sqrt(half.scale[j] / static_cast<double>(rows.rows()));
    // Of equal numbers the mean may be off by a rounding, and the sd with it.
    half.scale[j] = sd > 1e-12 * largest[j] ? 1 / sd : 1;
  }
}

void fit_whiten(const ModalityRows& rows, FittedHalf& half) {
  const PrincipalAxes axes = principal_axes(rows.matrix());
  half.mean = axes.mean;
  const auto roots = Eigen::Map<const Eigen::VectorXd>(
                         axes.variance.data(), static_cast<Eigen::Index>(axes.variance.size()))
                         .cwiseSqrt()
                         .cwiseInverse();
  half.map =
      matrix_of(times_transposed(view_of(axes.axes) * roots.asDiagonal(), view_of(axes.axes)));
}

void fit_pca(const ModalityRows& rows, std::string_view name, const std::string& where,
             FittedHalf& half) {
  const PrincipalAxes axes = principal_axes(rows.matrix());
  const int64_t size = half.outputs;
  if (size > axes.axes.cols()) {
    fail(
        "{}: alignment '{}': the {} vectors of {} training rows vary in {} directions; ask for no "
        "more",
        where, AlignSpec{{{AlignKind::pca, static_cast<double>(size)}}}.text(), name, rows.rows(),
        axes.axes.cols());
  }
  half.mean = axes.mean;
  half.map = matrix_of(view_of(axes.axes).leftCols(size).transpose());
}

// --- two modalities ---

std::vector<double> mean_of_units(const ModalityRows& rows, size_t width) {
  std::vector<double> sum(width);
  std::vector<double> unit(width);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const auto own = std::span(unit).first(static_cast<size_t>(rows.cols()));
    rows.copy_row(i, own);
    if (!normalise(own)) continue;
    if (own.size() < width) stretch(unit, own.size());
    for (size_t j = 0; j < width; ++j) sum[j] += unit[j];
  }
  for (double& x : sum) x /= static_cast<double>(rows.rows());
  return sum;
}

/// E |u_text - u_image| over the pairs.
double mean_distance(const FitRows& rows) {
  double sum = 0;
  std::vector<double> image(static_cast<size_t>(rows.image.cols())), text(image.size());
  for (int64_t i = 0; i < rows.image.rows(); ++i) {
    rows.image.copy_row(i, image);
    rows.text.copy_row(i, text);
    normalise(image);
    normalise(text);
    double squares = 0;
    for (size_t j = 0; j < image.size(); ++j)
      squares += (text[j] - image[j]) * (text[j] - image[j]);
    sum += std::sqrt(squares);
  }
  return sum / static_cast<double>(rows.image.rows());
}

void fit_shift(const FitRows& rows, FittedStep& fitted) {
  const auto width = static_cast<size_t>(std::max(rows.image.cols(), rows.text.cols()));
  if (fitted.step.kind == AlignKind::shift_printed) {
    fitted.image.direction.assign(width, mean_distance(rows));
    fitted.text.direction = fitted.image.direction;
  } else {
    const std::vector<double> image = mean_of_units(rows.image, width);
    const std::vector<double> text = mean_of_units(rows.text, width);
    fitted.image.direction.resize(width);
    for (size_t j = 0; j < width; ++j) fitted.image.direction[j] = image[j] - text[j];
    fitted.text.direction = fitted.image.direction;
  }
}

void fit_procrustes(const FitRows& rows, FittedStep& fitted) {
  const BasicMatrix<double> images = rows.image.matrix(), texts = rows.text.matrix();
  const ColumnMajor products =
      times_transposed(view_of(texts).transpose(), view_of(images).transpose());
  const SingularVectors vectors = singular_vectors_of(products);
  fitted.text.map = matrix_of(vectors.v * vectors.u.transpose());
}

void fit_ridge(const FitRows& rows, FittedStep& fitted) {
  const BasicMatrix<double> images = rows.image.matrix(), texts = rows.text.matrix();
  const PrincipalAxes axes = principal_axes(texts);
  const double n = static_cast<double>(rows.text.rows());
  fitted.text.mean = axes.mean;
  fitted.text.offset = mean_of_rows(rows.image);
  const auto rank = static_cast<Eigen::Index>(axes.variance.size());
  if (rank == 0) {
    fitted.text.map = BasicMatrix<double>(rows.image.cols(), rows.text.cols());
    return;
  }
  // Centred texts are U diag(s) V^T: with U every penalty costs two products.
  const Eigen::ArrayXd squares =
      Eigen::Map<const Eigen::ArrayXd>(axes.variance.data(), rank) * (n - 1);
  const Eigen::ArrayXd s = squares.sqrt();
  const auto row_vector = [](const std::vector<double>& v) {
    return Eigen::Map<const Eigen::RowVectorXd>(v.data(), static_cast<Eigen::Index>(v.size()));
  };
  const RowMajor u = times_transposed(view_of(texts).rowwise() - row_vector(axes.mean),
                                      view_of(axes.axes).transpose()) *
                     s.inverse().matrix().asDiagonal();
  const RowMajor y = view_of(images).rowwise() - row_vector(fitted.text.offset);
  const RowMajor uy = times_transposed(u.transpose(), y.transpose());
  const double unit = squares.sum() / static_cast<double>(rows.text.cols());
  double least = 0;
  double best = 0;
  for (int power = -3; power <= 3; ++power) {
    const double penalty = unit * std::pow(10.0, power);
    const Eigen::ArrayXd kept = squares / (squares + penalty);
    const RowMajor residual = y - times_transposed(u, uy.transpose() * kept.matrix().asDiagonal());
    // What a row's residual would be, had it not been fitted on.
    const Eigen::ArrayXd others = 1 - 1 / n - (u.array().square().matrix() * kept.matrix()).array();
    const double error = (residual.rowwise().squaredNorm().array() / others.square()).sum();
    if (power == -3 || error < least) {
      least = error;
      best = penalty;
    }
  }
  const Eigen::ArrayXd factor = s / (squares + best);
  fitted.text.map = matrix_of(
      times_transposed(uy.transpose() * factor.matrix().asDiagonal(), view_of(axes.axes)));
}

void fit_cca(const FitRows& rows, const std::string& where, FittedStep& fitted) {
  const BasicMatrix<double> images = rows.image.matrix(), texts = rows.text.matrix();
  const PrincipalAxes image = principal_axes(images);
  const PrincipalAxes text = principal_axes(texts);
  const int64_t size = fitted.image.outputs;
  const int64_t most = std::min(image.axes.cols(), text.axes.cols());
  if (size > most) {
    fail(
        "{}: alignment '{}': image and text vectors of {} training rows vary in {} and {} "
        "directions; ask for {} at most",
        where, AlignSpec{{fitted.step}}.text(), rows.image.rows(), image.axes.cols(),
        text.axes.cols(), most);
  }
  // Both whitened on their axes, the products of which have the correlations as singular values.
  const auto whitening = [](const PrincipalAxes& one) -> RowMajor {
    const auto sd =
        Eigen::Map<const Eigen::VectorXd>(one.variance.data(), one.axes.cols()).cwiseSqrt();
    return view_of(one.axes) * sd.cwiseInverse().asDiagonal();
  };
  const auto centred = [](const BasicMatrix<double>& all, const PrincipalAxes& one) -> RowMajor {
    return view_of(all).rowwise() -
           Eigen::Map<const Eigen::RowVectorXd>(one.mean.data(), all.cols());
  };
  const RowMajor to_image = whitening(image), to_text = whitening(text);
  const RowMajor image_scores = times_transposed(centred(images, image), to_image.transpose());
  const RowMajor text_scores = times_transposed(centred(texts, text), to_text.transpose());
  const ColumnMajor products = times_transposed(image_scores.transpose(), text_scores.transpose()) /
                               static_cast<double>(rows.image.rows() - 1);
  const SingularVectors vectors = singular_vectors_of(products);
  RowMajor image_map = to_image * vectors.u.leftCols(size);
  RowMajor text_map = to_text * vectors.v.leftCols(size);
  for (int64_t k = 0; k < size; ++k) {
    Eigen::Index largest = 0;
    image_map.col(k).cwiseAbs().maxCoeff(&largest);
    if (image_map(largest, k) > 0) continue;
    image_map.col(k) *= -1;
    text_map.col(k) *= -1;
  }
  fitted.image.mean = image.mean;
  fitted.text.mean = text.mean;
  fitted.image.map = matrix_of(image_map.transpose());
  fitted.text.map = matrix_of(text_map.transpose());
}

// --- what a step needs ---

bool needs_one_size(AlignKind kind) {
  return kind == AlignKind::procrustes || (is_shift(kind) && kind != AlignKind::shift_interpolated);
}

}  // namespace

void check_step(const AlignStep& step, int64_t image, int64_t text, const std::string& where) {
  if (needs_both(step.kind) && (image == 0 || text == 0)) {
    fail(
        "{}: alignment '{}' needs image and text vectors, but the table has only {}; use 'none' or "
        "'normalise'",
        where, AlignSpec{{step}}.text(), image > 0 ? "images" : "texts");
  }
  if (needs_one_size(step.kind) && image != text) {
    const std::string own = AlignSpec{{step}}.text();
    const std::string authors =
        step.kind == AlignKind::shift
            ? fmt::format(", or 'shift-interpolated:{}' as the paper's authors did", step.strength)
            : "";
    fail(
        "{}: alignment '{}' needs image and text vectors of one size, but they have {} and {} "
        "numbers; bring them to one first, with 'pca:K+{}' or 'cca:K+{}'{}",
        where, own, image, text, own, own, authors);
  }
}

FittedStep sized_step(const AlignStep& step, int64_t image_dim, int64_t text_dim) {
  FittedStep sized{
      step, {.inputs = image_dim, .outputs = image_dim}, {.inputs = text_dim, .outputs = text_dim}};
  if (is_shift(step.kind)) {
    sized.image.outputs = sized.text.outputs = std::max(image_dim, text_dim);
    set_lambda(sized, step.strength);
  } else if (step.kind == AlignKind::ridge) {
    sized.text.outputs = image_dim;
  } else if (step.kind == AlignKind::pca || step.kind == AlignKind::cca) {
    if (image_dim > 0) sized.image.outputs = static_cast<int64_t>(step.strength);
    if (text_dim > 0) sized.text.outputs = static_cast<int64_t>(step.strength);
  }
  return sized;
}

FittedStep fit_step(const AlignStep& step, const FitRows& rows, const std::string& where) {
  PUENTE_ASSERT(rows.image.rows() > 0 || rows.text.rows() > 0);
  const int64_t image_dim = rows.image.cols(), text_dim = rows.text.cols();
  check_step(step, image_dim, text_dim, where);
  FittedStep fitted = sized_step(step, image_dim, text_dim);
  switch (step.kind) {
    case AlignKind::normalise:
    case AlignKind::noise:
    case AlignKind::noise_paper:
    case AlignKind::regularised:
      break;
    case AlignKind::centre:
      fit_each(rows, fitted, [](const auto& own, auto, auto& half) { fit_centre(own, half); });
      break;
    case AlignKind::standardise:
      fit_each(rows, fitted, [](const auto& own, auto, auto& half) { fit_standardise(own, half); });
      break;
    case AlignKind::whiten:
      fit_each(rows, fitted, [](const auto& own, auto, auto& half) { fit_whiten(own, half); });
      break;
    case AlignKind::pca:
      fit_each(rows, fitted,
               [&](const auto& own, auto name, auto& half) { fit_pca(own, name, where, half); });
      break;
    case AlignKind::shift:
    case AlignKind::shift_printed:
    case AlignKind::shift_interpolated:
    case AlignKind::shift_learned:
      fit_shift(rows, fitted);
      break;
    case AlignKind::procrustes:
      fit_procrustes(rows, fitted);
      break;
    case AlignKind::ridge:
      fit_ridge(rows, fitted);
      break;
    case AlignKind::cca:
      fit_cca(rows, where, fitted);
      break;
  }
  return fitted;
}

}  // namespace puente
