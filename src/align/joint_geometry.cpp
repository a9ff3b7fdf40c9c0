#include "align/joint_geometry.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "align/eigen_matrix.h"
#include "align/largest_eigenvectors.h"
#include "align/unit_vector.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "data/draw_rows.h"

namespace puente {
namespace {

constexpr double kMostForAxes = 1e10;  // multiplications of the products: a second of one core
constexpr int64_t kLeastToFit = 1000;  // rows, where there are so many
constexpr double kLeastShare = 1e-12;  // of the variance, that makes an axis of rows' products
constexpr int kLambdas = 10;           // on each side of 0

/// u of some rows [n, d].
BasicMatrix<double> joint_units(const Matrix& table, std::span<const int32_t> rows, int64_t d) {
  BasicMatrix<double> units(static_cast<int64_t>(rows.size()), d);
  const auto own = static_cast<size_t>(table.cols());
  for (int64_t i = 0; i < units.rows(); ++i) {
    const std::span<double> u = units.row_span(i);
    if (!unit_vector(table.row_span(rows[static_cast<size_t>(i)]), u.first(own))) continue;
    if (own < u.size()) stretch(u, own);
  }
  return units;
}

/// Calls work(units of some rows, number of the first), a block of rows at a time.
template <class Work>
void for_blocks(const Matrix& table, std::span<const int32_t> rows, int64_t d, Work&& work) {
  constexpr size_t kAtOnce = kProductRows;
  for (size_t begin = 0; begin < rows.size(); begin += kAtOnce) {
    check_interrupt();
    work(joint_units(table, rows.subspan(begin, std::min(kAtOnce, rows.size() - begin)), d),
         static_cast<int64_t>(begin));
  }
}

void to_unit_length(BasicMatrix<double>& rows) {
  for (int64_t i = 0; i < rows.rows(); ++i) normalise(rows.row_span(i));
}

struct JointMeans {
  Eigen::VectorXd gap;     // g
  Eigen::VectorXd centre;  // of the v of both
};

JointMeans joint_means(const EmbeddingTable& table, std::span<const int32_t> fit, int64_t d) {
  JointMeans means{Eigen::VectorXd::Zero(d), Eigen::VectorXd::Zero(d)};
  const double n = static_cast<double>(fit.size());
  for (const bool is_text : {false, true}) {
    for_blocks(is_text ? table.text : table.image, fit, d, [&](BasicMatrix<double> u, int64_t) {
      means.gap += (is_text ? -1 : 1) / n * view_of(u).colwise().sum().transpose();
      to_unit_length(u);
      means.centre += 1 / (2 * n) * view_of(u).colwise().sum().transpose();
    });
  }
  return means;
}

void add_centred_units(const EmbeddingTable& table, std::span<const int32_t> fit,
                       const Eigen::VectorXd& centre,
                       const std::function<void(const BasicMatrix<double>&)>& add) {
  for (const Matrix* half : {&table.image, &table.text}) {
    for_blocks(*half, fit, centre.size(), [&](BasicMatrix<double> v, int64_t) {
      to_unit_length(v);
      Eigen::Map<RowMajor>(v.data(), v.rows(), v.cols()).rowwise() -= centre.transpose();
      add(v);
    });
  }
}

/// Products of the coordinates [d, d], or, where these are more than the rows, of the rows; filled
/// on and above the diagonal.
BasicMatrix<double> joint_products(const EmbeddingTable& table, std::span<const int32_t> fit,
                                   const Eigen::VectorXd& centre, RowMajor& rows) {
  const int64_t d = centre.size(), n = 2 * std::ssize(fit);
  if (n >= d) {
    BasicMatrix<double> products(d, d);
    add_centred_units(table, fit, centre, [&](const BasicMatrix<double>& v) {
      add_transposed_product<double>(v, v, products.view(), ProductPart::upper);
    });
    return products;
  }
  rows.resize(n, d);
  int64_t filled = 0;
  add_centred_units(table, fit, centre, [&](const BasicMatrix<double>& v) {
    rows.middleRows(filled, v.rows()) = view_of(v);
    filled += v.rows();
  });
  const RowMajor turned = rows.transpose();
  return upper_gram({turned.data(), d, n, n});
}

/// The axes [d, 3] and their shares of the variance; axes that the rows do not have are zero.
ColumnMajor joint_axes(const EmbeddingTable& table, std::span<const int32_t> fit,
                       const Eigen::VectorXd& centre, std::array<double, 3>& share) {
  RowMajor rows;
  const BasicMatrix<double> products = joint_products(table, fit, centre, rows);
  // Filled on and above the diagonal; largest_eigenvectors() reads the upper half.
  const Eigen::MatrixXd gram = view_of(products).triangularView<Eigen::Upper>();
  const double total = gram.trace();
  ColumnMajor axes = ColumnMajor::Zero(centre.size(), kJointAxes);
  const auto wanted = static_cast<int>(std::min<Eigen::Index>(kJointAxes, gram.rows()));
  const ColumnMajor vectors = largest_eigenvectors(gram, wanted);
  for (int k = 0; k < wanted; ++k) {
    const double variance =
        vectors.col(k).dot(gram.selfadjointView<Eigen::Upper>() * vectors.col(k));
    share[static_cast<size_t>(k)] = std::max(0.0, variance / total);
    if (rows.size() == 0) {
      axes.col(k) = vectors.col(k);
    } else if (variance > kLeastShare * total) {
      axes.col(k) = (rows.transpose() * vectors.col(k)).normalized();
    }
    Eigen::Index largest = 0;
    axes.col(k).cwiseAbs().maxCoeff(&largest);
    if (axes(largest, k) < 0) axes.col(k) *= -1;
  }
  if (!(total > 0)) share.fill(std::numeric_limits<double>::quiet_NaN());
  return axes;
}

JointHalf project(const Matrix& table, std::span<const int32_t> rows, const ColumnMajor& axes,
                  const Eigen::VectorXd& gap) {
  JointHalf half;
  half.components = BasicMatrix<double>(static_cast<int64_t>(rows.size()), kJointAxes);
  half.stretched = table.cols() < axes.rows();
  for_blocks(table, rows, axes.rows(), [&](const BasicMatrix<double>& u, int64_t first) {
    Eigen::Map<RowMajor>(half.components.row(first), u.rows(), kJointAxes) = view_of(u) * axes;
    for (int64_t i = 0; i < u.rows(); ++i) {
      const auto row = view_of(u).row(i);
      half.along_gap.push_back(row.dot(gap));
      const double squares = row.squaredNorm();
      half.squared_length.push_back(half.stretched || squares == 0 ? squares : 1);
    }
  });
  return half;
}

double moved_by(bool is_text, double lambda) { return (is_text ? 0.5 : -0.5) * lambda; }

/// 1 / |u + m g|; 0 of a row of zeros.
double shrinks_by(double squared, double along_gap, double gap_squared, double m) {
  if (squared == 0) return 0;
  const double squares = squared + 2 * m * along_gap + m * m * gap_squared;
  return squares > 0 ? 1 / std::sqrt(squares) : 0;
}

/// All lambdas in one pass: a mean of u' is a weighted mean of u, and a constant times g.
std::vector<ShiftedGap> shifted_gaps(const EmbeddingTable& table, std::span<const int32_t> fit,
                                     const Eigen::VectorXd& gap) {
  const double gg = gap.squaredNorm(), n = static_cast<double>(fit.size());
  constexpr int kCount = 2 * kLambdas + 1;
  const auto lambda_at = [](int l) { return static_cast<double>(l - kLambdas) / kLambdas; };
  RowMajor means = RowMajor::Zero(kCount, gap.size());  // of image - text
  std::vector<double> cosines(kCount), along(kCount);
  for_blocks(table.image, fit, gap.size(), [&](const BasicMatrix<double>& image, int64_t first) {
    const auto rows = static_cast<size_t>(image.rows());
    const BasicMatrix<double> text =
        joint_units(table.text, fit.subspan(static_cast<size_t>(first), rows), gap.size());
    RowMajor image_weights(kCount, image.rows()), text_weights(kCount, image.rows());
    for (int64_t i = 0; i < image.rows(); ++i) {
      const auto u = view_of(image).row(i), t = view_of(text).row(i);
      const double ug = u.dot(gap), tg = t.dot(gap), ut = u.dot(t);
      const double uu = u.squaredNorm(), tt = t.squaredNorm();
      for (int l = 0; l < kCount; ++l) {
        const double mu = moved_by(false, lambda_at(l)), mt = moved_by(true, lambda_at(l));
        const double wu = shrinks_by(uu, ug, gg, mu), wt = shrinks_by(tt, tg, gg, mt);
        image_weights(l, i) = wu;
        text_weights(l, i) = wt;
        along[static_cast<size_t>(l)] += wu * mu - wt * mt;
        cosines[static_cast<size_t>(l)] += wu * wt * (ut + mt * ug + mu * tg + mu * mt * gg);
      }
    }
    means += image_weights * view_of(image) - text_weights * view_of(text);
  });
  std::vector<ShiftedGap> shifted;
  for (int l = 0; l < kCount; ++l) {
    const auto k = static_cast<size_t>(l);
    means.row(l) += along[k] * gap.transpose();
    shifted.push_back({lambda_at(l), means.row(l).norm() / n, cosines[k] / n});
  }
  return shifted;
}

std::array<double, 3> three(const Eigen::VectorXd& v) { return {v(0), v(1), v(2)}; }

}  // namespace

std::optional<JointGeometry> joint_geometry(const EmbeddingTable& table,
                                            std::span<const int32_t> fit,
                                            std::span<const int32_t> rows) {
  if (!table.has_image() || !table.has_text() || fit.empty()) return std::nullopt;
  JointGeometry geometry;
  geometry.dimension = std::max(table.image.cols(), table.text.cols());
  const double squared_width = static_cast<double>(geometry.dimension * geometry.dimension);
  std::vector<int32_t> fewer;
  const auto most = std::max(kLeastToFit, static_cast<int64_t>(kMostForAxes / squared_width));
  for (const int32_t i : draw_rows(std::ssize(fit), most)) {
    fewer.push_back(fit[static_cast<size_t>(i)]);
  }
  geometry.fitted_rows = std::ssize(fewer);
  const JointMeans means = joint_means(table, fewer, geometry.dimension);
  const ColumnMajor axes = joint_axes(table, fewer, means.centre, geometry.variance_share);
  geometry.center = three(axes.transpose() * means.centre);
  geometry.gap = three(axes.transpose() * means.gap);
  geometry.gap_squared = means.gap.squaredNorm();
  geometry.axes = matrix_of(axes);
  geometry.image = project(table.image, rows, axes, means.gap);
  geometry.text = project(table.text, rows, axes, means.gap);
  geometry.shifted = shifted_gaps(table, fewer, means.gap);
  return geometry;
}

std::array<double, 3> shifted_components(const JointGeometry& geometry, const JointHalf& half,
                                         int64_t row, double lambda) {
  const double m = moved_by(&half == &geometry.text, lambda);
  const auto i = static_cast<size_t>(row);
  const double by = shrinks_by(half.squared_length[i], half.along_gap[i], geometry.gap_squared, m);
  std::array<double, 3> moved{};
  for (size_t k = 0; k < moved.size(); ++k) {
    moved[k] = by * (half.components(row, static_cast<int64_t>(k)) + m * geometry.gap[k]);
  }
  return moved;
}

}  // namespace puente
