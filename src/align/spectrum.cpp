#include "align/spectrum.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "align/decompositions.h"
#include "align/largest_eigenvectors.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "tensor/products.h"

namespace puente {
namespace {

constexpr int64_t kStripe = 128;  // rows or columns of a Gram matrix that one thread takes

/// Vectors [K, d], centred, each times the square root of its share of all rows: x^T x is their
/// covariance matrix.
struct Centred {
  BasicMatrix<double> x;
  std::vector<double> mean;  // [d]

  int64_t side() const { return std::min(x.rows(), x.cols()); }
};

/// Both share the mean; each part's rows weigh as much as its rows among all rows.
Centred centre(std::span<const DistinctUnits* const> parts) {
  int64_t rows = 0;
  double total = 0;
  for (const DistinctUnits* part : parts) {
    rows += part->count();
    total += part->total();
  }
  const int64_t d = parts[0]->units.cols();
  Centred centred{BasicMatrix<double>(rows, d), std::vector<double>(static_cast<size_t>(d))};
  for (const DistinctUnits* part : parts) {
    for (int64_t i = 0; i < part->count(); ++i) {
      const double share = part->rows[static_cast<size_t>(i)] / total;
      const double* unit = part->units.row(i);
      for (int64_t j = 0; j < d; ++j) centred.mean[static_cast<size_t>(j)] += share * unit[j];
    }
  }
  int64_t row = 0;
  for (const DistinctUnits* part : parts) {
    for (int64_t i = 0; i < part->count(); ++i, ++row) {
      const double weight = std::sqrt(part->rows[static_cast<size_t>(i)] / total);
      for (int64_t j = 0; j < d; ++j) {
        centred.x(row, j) = weight * (part->units(i, j) - centred.mean[static_cast<size_t>(j)]);
      }
    }
  }
  return centred;
}

/// x^T x, or x x^T where that is smaller: they have the same eigenvalues but for zeros. Filled on
/// and above the diagonal.
BasicMatrix<double> smaller_gram(const BasicMatrix<double>& x, int threads, Progress& progress) {
  const int64_t side = std::min(x.rows(), x.cols()), d = x.cols();
  BasicMatrix<double> gram(side, side);
  parallel_for((side + kStripe - 1) / kStripe, threads, [&](int64_t stripe, int) {
    const int64_t at = stripe * kStripe, count = std::min(kStripe, side - at);
    const MatrixView<double> part = {gram.row(at) + at, count, side - at, side};
    if (x.rows() <= d) {
      check_interrupt();
      multiply_by_transposed<double>({x.row(at), count, d, d}, {x.row(at), side - at, d, d}, part);
    } else {
      for (int64_t first = 0; first < x.rows(); first += kProductRows) {
        check_interrupt();
        const int64_t rows = std::min(kProductRows, x.rows() - first);
        add_transposed_product<double>({x.row(first) + at, rows, count, d},
                                       {x.row(first) + at, rows, side - at, d}, part);
      }
    }
    progress.advance(count);
  });
  return gram;
}

/// What is filled on and above the diagonal by rows is filled below it by columns.
using Columns = Eigen::Map<const Eigen::MatrixXd>;

Columns by_columns(const BasicMatrix<double>& gram) {
  return {gram.data(), gram.rows(), gram.cols()};
}

/// Variance along an axis of the rows of one modality.
double variance_along(const DistinctUnits& part, std::span<const double> axis) {
  std::vector<double> place(part.rows.size());
  double mean = 0;
  for (size_t i = 0; i < place.size(); ++i) {
    const double* unit = part.units.row(static_cast<int64_t>(i));
    for (size_t j = 0; j < axis.size(); ++j) place[i] += unit[j] * axis[j];
    mean += part.rows[i] / part.total() * place[i];
  }
  double variance = 0;
  for (size_t i = 0; i < place.size(); ++i) {
    variance += part.rows[i] / part.total() * (place[i] - mean) * (place[i] - mean);
  }
  return variance;
}

double trace(const BasicMatrix<double>& gram) {
  double sum = 0;
  for (int64_t i = 0; i < gram.rows(); ++i) sum += gram(i, i);
  return sum;
}

// Of squared unit lengths: what is left of equal rows after rounding.
constexpr double kNoVariance = 1e-24;

}  // namespace

double effective_rank(const DistinctUnits& vectors, int threads, Progress& progress) {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  if (vectors.count() == 0) return kUnknown;
  const DistinctUnits* const parts[] = {&vectors};
  const Centred centred = centre(parts);
  progress.begin("measuring how the vectors spread", "columns", centred.side());
  const BasicMatrix<double> gram = smaller_gram(centred.x, threads, progress);
  const double sum = trace(gram);
  if (sum <= kNoVariance) return progress.end(), kUnknown;
  const Eigen::VectorXd values = eigenvalues_of(by_columns(gram));  // reads the lower half
  progress.end();
  double entropy = 0;
  for (const double value : values) {
    if (value > 0) entropy -= value / sum * std::log(value / sum);
  }
  return std::exp(entropy);
}

JointComponents joint_components(const DistinctUnits& image, const DistinctUnits& text, int threads,
                                 Progress& progress) {
  PUENTE_ASSERT(image.units.cols() == text.units.cols());
  const DistinctUnits* const parts[] = {&image, &text};
  const Centred centred = centre(parts);
  progress.begin("finding the joint components", "columns", centred.side());
  BasicMatrix<double> gram = smaller_gram(centred.x, threads, progress);
  for (int64_t i = 0; i < gram.rows(); ++i) {
    for (int64_t j = 0; j < i; ++j) gram(i, j) = gram(j, i);
  }
  const double sum = trace(gram);
  const int wanted = static_cast<int>(std::min<int64_t>(2, centred.side()));
  const Eigen::MatrixXd vectors = largest_eigenvectors(by_columns(gram), wanted);
  progress.end();
  JointComponents joint;
  if (sum <= kNoVariance) {
    joint.share.fill(std::numeric_limits<double>::quiet_NaN());
    return joint;
  }
  using RowMajorView =
      Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
  const RowMajorView x(centred.x.data(), centred.x.rows(), centred.x.cols());
  for (int c = 0; c < wanted; ++c) {
    Eigen::VectorXd axis = vectors.col(c);
    if (centred.x.rows() <= centred.x.cols()) {
      axis = x.transpose() * axis;
      // Its squared length is the eigenvalue: where nothing varies there is no direction.
      if (axis.squaredNorm() <= 1e-13 * sum) continue;
      axis.normalize();
    }
    const std::span<const double> direction(axis.data(), static_cast<size_t>(axis.size()));
    const auto which = static_cast<size_t>(c);
    joint.share[which] = (x * axis).squaredNorm() / sum;
    joint.image_variance[which] = variance_along(image, direction);
    joint.text_variance[which] = variance_along(text, direction);
  }
  return joint;
}

}  // namespace puente
