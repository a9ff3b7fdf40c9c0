#include "align/table_measures.h"

#include <algorithm>
#include <cmath>

#include "data/draw_rows.h"
#include "data/rows_at.h"

namespace puente {
namespace {

constexpr int64_t kWidest = 4096;           // whose eigenvalues take half a minute
constexpr double kMostForCosines = 6.4e10;  // multiplications each way: ten seconds of two cores
constexpr double kWorthABar = 5e9;          // multiplications: about a second

bool comparable(const EmbeddingTable& table) {
  return table.rows() > 0 && table.has_image() && table.image.cols() == table.text.cols();
}

int64_t rows_to_measure(const EmbeddingTable& table, const MeasureOptions& options) {
  const int64_t width = std::max(table.image.cols(), table.text.cols());
  int64_t most = width > kWidest ? std::min(kWidest, options.most_rows) : options.most_rows;
  if (comparable(table)) {
    const double for_cosines = std::sqrt(kMostForCosines / static_cast<double>(width));
    most = std::min(most, static_cast<int64_t>(for_cosines));
  }
  return std::min(most, table.rows());
}

/// Of the largest of the steps.
double work(const EmbeddingTable& table, int64_t rows) {
  const auto n = static_cast<double>(rows);
  const auto width = static_cast<double>(std::max(table.image.cols(), table.text.cols()));
  return n * width * std::max(n, width);
}

void measure_sample(const EmbeddingTable& table, const MeasureOptions& options, Progress& progress,
                    TableMeasures& measures) {
  measures.rows = table.rows();
  const DistinctUnits image = distinct_units(table.image), text = distinct_units(table.text);
  if (table.has_image()) measures.image_rank = effective_rank(image, options.threads, progress);
  if (table.has_text()) measures.text_rank = effective_rank(text, options.threads, progress);
  if (!comparable(table)) return;
  measures.joint = joint_components(image, text, options.threads, progress);
  measures.pairing = measure_pairing(image, text, options.temperature, options.threads, progress);
}

}  // namespace

TableMeasures measure_table(const EmbeddingTable& table, const MeasureOptions& options,
                            Progress& progress) {
  TableMeasures measures;
  measures.gap = measure_gap(table);
  const int64_t rows = rows_to_measure(table, options);
  Silent silent;
  Progress& shown = work(table, rows) > kWorthABar ? progress : silent;
  if (rows < table.rows()) {
    EmbeddingTable some = rows_at(table, draw_rows(table.rows(), rows));
    measure_sample(some, options, shown, measures);
  } else {
    measure_sample(table, options, shown, measures);
  }
  return measures;
}

}  // namespace puente
