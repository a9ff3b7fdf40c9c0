#include "align/pairing.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "tensor/products.h"

namespace puente {
namespace {

constexpr int64_t kQueriesAtOnce = 64;

/// Of one query, times the rows that ask it.
struct QueryFigures {
  std::array<double, 3> recall{}, chance{};
  double loss = 0;
};

/// That at least one of `right` is among the first `places` of right + wrong in random order.
double found_by_chance(int64_t right, int64_t wrong, int64_t places) {
  double missed = 1;
  for (int64_t i = 0; i < std::min(places, right + wrong); ++i) {
    missed *= static_cast<double>(std::max<int64_t>(0, wrong - i)) /
              static_cast<double>(right + wrong - i);
  }
  return 1 - missed;
}

/// For each query the candidates of its rows, with repetitions.
std::vector<std::vector<int32_t>> partners_of(const DistinctUnits& queries,
                                              const DistinctUnits& candidates) {
  std::vector<std::vector<int32_t>> partners(static_cast<size_t>(queries.count()));
  for (size_t row = 0; row < queries.of_row.size(); ++row) {
    partners[static_cast<size_t>(queries.of_row[row])].push_back(candidates.of_row[row]);
  }
  return partners;
}

double log_sum(std::span<const double> cosines, std::span<const double> rows, double temperature) {
  const double largest = *std::max_element(cosines.begin(), cosines.end());
  double sum = 0;
  for (size_t c = 0; c < cosines.size(); ++c) {
    sum += rows[c] * std::exp((cosines[c] - largest) / temperature);
  }
  return largest / temperature + std::log(sum);
}

QueryFigures judge_query(std::span<const double> cosines, std::vector<int32_t> partners,
                         std::span<const double> candidate_rows, double temperature) {
  QueryFigures figures;
  const double asked = static_cast<double>(partners.size());
  figures.loss = asked * log_sum(cosines, candidate_rows, temperature);
  for (const int32_t partner : partners) {
    figures.loss -= cosines[static_cast<size_t>(partner)] / temperature;
  }
  std::sort(partners.begin(), partners.end());
  partners.erase(std::unique(partners.begin(), partners.end()), partners.end());
  double best = -std::numeric_limits<double>::infinity();
  for (const int32_t right : partners) best = std::max(best, cosines[static_cast<size_t>(right)]);
  const auto right_of_best = std::count_if(partners.begin(), partners.end(), [&](int32_t right) {
    return cosines[static_cast<size_t>(right)] == best;
  });
  int64_t larger = 0, equal = 0;
  for (const double cosine : cosines) {
    larger += cosine > best;
    equal += cosine == best;
  }
  const auto right = static_cast<int64_t>(partners.size());
  const auto all = static_cast<int64_t>(cosines.size());
  for (size_t k = 0; k < kRetrievalDepths.size(); ++k) {
    const int64_t places = std::max<int64_t>(0, kRetrievalDepths[k] - larger);
    figures.recall[k] = asked * found_by_chance(right_of_best, equal - right_of_best, places);
    figures.chance[k] = asked * found_by_chance(right, all - right, kRetrievalDepths[k]);
  }
  return figures;
}

OneWayPairing one_way(const DistinctUnits& queries, const DistinctUnits& candidates,
                      double temperature, int threads, Progress& progress) {
  const std::vector<std::vector<int32_t>> partners = partners_of(queries, candidates);
  std::vector<QueryFigures> figures(partners.size());
  const int64_t all = queries.count(), d = queries.units.cols();
  parallel_for((all + kQueriesAtOnce - 1) / kQueriesAtOnce, threads, [&](int64_t block, int) {
    check_interrupt();
    const int64_t first = block * kQueriesAtOnce, count = std::min(kQueriesAtOnce, all - first);
    BasicMatrix<double> cosines(count, candidates.count());
    multiply_by_transposed<double>({queries.units.row(first), count, d, d}, candidates.units,
                                   cosines.view());
    for (int64_t i = 0; i < count; ++i) {
      const auto query = static_cast<size_t>(first + i);
      figures[query] =
          judge_query(cosines.row_span(i), partners[query], candidates.rows, temperature);
    }
    progress.advance(count);
  });
  OneWayPairing result;
  result.candidates = candidates.count();
  result.clip_loss = 0;
  for (const QueryFigures& one : figures) {
    for (size_t k = 0; k < kRetrievalDepths.size(); ++k) {
      result.recall[k] += one.recall[k] / queries.total();
      result.chance[k] += one.chance[k] / queries.total();
    }
    result.clip_loss += one.loss / queries.total();
  }
  return result;
}

}  // namespace

PairingMeasures measure_pairing(const DistinctUnits& image, const DistinctUnits& text,
                                double temperature, int threads, Progress& progress) {
  PUENTE_ASSERT(image.of_row.size() == text.of_row.size() && !image.of_row.empty());
  PUENTE_ASSERT(image.units.cols() == text.units.cols() && temperature > 0);
  PairingMeasures measures;
  measures.rows = static_cast<int64_t>(image.of_row.size());
  measures.temperature = temperature;
  progress.begin("comparing images with texts", "vectors", image.count() + text.count());
  measures.image_to_text = one_way(image, text, temperature, threads, progress);
  measures.text_to_image = one_way(text, image, temperature, threads, progress);
  progress.end();
  return measures;
}

}  // namespace puente
