#include "align/gap.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "align/unit_vector.h"
#include "base/error.h"

namespace puente {
namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

struct Cone {
  std::vector<double> sum;  // of the unit vectors
  double norm = GapMeasures::kUnknown;
  double cosine = GapMeasures::kUnknown;
  double variance = GapMeasures::kUnknown;
  double angle = GapMeasures::kUnknown;
};

double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// From the length of the chord, which is exact for small angles too.
double mean_angle(const Matrix& vectors, std::vector<double> axis) {
  if (!normalise(axis)) return GapMeasures::kUnknown;
  std::vector<double> unit(axis.size());
  double sum = 0;
  double with_length = 0;
  for (int64_t i = 0; i < vectors.rows(); ++i) {
    if (!unit_vector(vectors.row_span(i), unit)) continue;
    const double half_chord = std::sqrt(squared_distance(unit, axis)) / 2;
    sum += 2 * std::asin(std::min(1.0, half_chord));
    ++with_length;
  }
  return sum / with_length * 180 / std::numbers::pi;
}

Cone measure_cone(const Matrix& vectors) {
  Cone cone;
  cone.sum.resize(static_cast<size_t>(vectors.cols()));
  if (vectors.rows() == 0 || vectors.cols() == 0) return cone;
  std::vector<double> unit(cone.sum.size());
  double norms = 0;
  double with_length = 0;
  for (int64_t i = 0; i < vectors.rows(); ++i) {
    double squares = 0;
    for (float x : vectors.row_span(i)) squares += static_cast<double>(x) * x;
    norms += std::sqrt(squares);
    if (unit_vector(vectors.row_span(i), unit)) ++with_length;
    for (size_t j = 0; j < unit.size(); ++j) cone.sum[j] += unit[j];
  }
  const double rows = static_cast<double>(vectors.rows());
  const double sum_squared = dot(cone.sum, cone.sum);
  cone.norm = norms / rows;
  // Rounding can leave a hair below zero where all rows are equal.
  cone.variance = std::max(0.0, with_length / rows - sum_squared / (rows * rows));
  cone.angle = mean_angle(vectors, cone.sum);
  if (vectors.rows() > 1) cone.cosine = (sum_squared - with_length) / (rows * (rows - 1));
  return cone;
}

void measure_pairs(const EmbeddingTable& table, GapMeasures& measures) {
  std::vector<double> image(static_cast<size_t>(table.image.cols()));
  std::vector<double> text(image.size());
  double cosines = 0, distances = 0, squares = 0;
  for (int64_t i = 0; i < table.image.rows(); ++i) {
    unit_vector(table.image.row_span(i), image);
    unit_vector(table.text.row_span(i), text);
    cosines += dot(image, text);
    const double squared = squared_distance(image, text);
    distances += std::sqrt(squared);
    squares += squared;
  }
  const double rows = static_cast<double>(table.image.rows());
  measures.paired_cosine = cosines / rows;
  measures.paired_distance = distances / rows;
  measures.paired_squares = squares / rows;
}

}  // namespace

GapMeasures measure_gap(const EmbeddingTable& table) {
  const Cone image = measure_cone(table.image);
  const Cone text = measure_cone(table.text);
  GapMeasures measures;
  measures.image_norm = image.norm;
  measures.image_cosine = image.cosine;
  measures.image_variance = image.variance;
  measures.text_norm = text.norm;
  measures.text_cosine = text.cosine;
  measures.text_variance = text.variance;
  measures.image_angle = image.angle;
  measures.text_angle = text.angle;
  const bool comparable = table.has_image() && table.has_text() &&
                          table.image.cols() == table.text.cols() && table.image.rows() > 0;
  if (!comparable) return measures;
  PUENTE_ASSERT(table.image.rows() == table.text.rows());
  const double rows = static_cast<double>(table.image.rows());
  double gap_squared = 0;
  for (size_t j = 0; j < image.sum.size(); ++j) {
    const double difference = image.sum[j] / rows - text.sum[j] / rows;
    gap_squared += difference * difference;
  }
  measures.gap_norm = std::sqrt(gap_squared);
  measure_pairs(table, measures);
  measures.distribution_part = std::max(0.0, measures.paired_squares - gap_squared);
  measures.cross_cosine = dot(image.sum, text.sum) / (rows * rows);
  return measures;
}

}  // namespace puente
