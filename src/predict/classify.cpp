#include "predict/classify.h"

#include <algorithm>

#include "base/error.h"
#include "data/split.h"
#include "eval/temperature.h"
#include "fusion/trainer.h"

namespace puente {
namespace {

LabelProbabilities probabilities_of(const Bundle& bundle, const Matrix& features, int threads) {
  const std::vector<int32_t> rows = first_numbers(static_cast<size_t>(features.rows()));
  LabelProbabilities made;
  predict_probabilities(bundle.weights, features, rows, threads, made.raw);
  if (!bundle.fitted.temperature) {
    made.calibrated = made.raw;
    return made;
  }
  Predictions predictions{std::move(made.raw), std::vector<int32_t>(rows.size())};
  made.calibrated = with_temperature(predictions, *bundle.fitted.temperature).probabilities;
  made.raw = std::move(predictions.probabilities);
  return made;
}

/// What replaces a half of the features. An older bundle has no mean of aligned vectors: then the
/// aligned mean of vectors stands for it.
AbsentHalves replacements(const Bundle& bundle) {
  if (!bundle.absent.image.empty() && !bundle.absent.text.empty()) return bundle.absent;
  EmbeddingTable mean;
  const auto row_of = [](const std::vector<double>& values) {
    Matrix row(1, static_cast<int64_t>(values.size()));
    std::ranges::transform(values, row.data(), [](double v) { return static_cast<float>(v); });
    return row;
  };
  mean.image = row_of(bundle.image->moments.mean);
  mean.text = row_of(bundle.text->moments.mean);
  const AlignedTable aligned = bundle.alignment.apply(mean);
  const float* const values = aligned.features.data();
  return {{values, values + aligned.image_dim},
          {values + aligned.image_dim, values + aligned.features.cols()}};
}

Matrix with_replaced(const Matrix& features, int64_t first, const std::vector<float>& values) {
  Matrix replaced = features;
  for (int64_t i = 0; i < replaced.rows(); ++i) {
    std::ranges::copy(values, replaced.row(i) + first);
  }
  return replaced;
}

}  // namespace

Classified classify(const std::vector<Bundle>& labels, const EmbeddingTable& table, int threads) {
  const Bundle& any = labels.front();
  AlignedTable aligned = any.alignment.apply(table);
  Classified classified;
  for (const Bundle& bundle : labels) {
    classified.labels.push_back({probabilities_of(bundle, aligned.features, threads), {}, {}});
  }
  if (any.image && any.text) {
    const AbsentHalves absent = replacements(any);
    const Matrix image = with_replaced(aligned.features, aligned.image_dim, absent.text);
    const Matrix text = with_replaced(aligned.features, 0, absent.image);
    for (size_t l = 0; l < labels.size(); ++l) {
      classified.labels[l].image_alone = probabilities_of(labels[l], image, threads);
      classified.labels[l].text_alone = probabilities_of(labels[l], text, threads);
    }
  }
  classified.features = std::move(aligned.features);
  return classified;
}

std::vector<LabelProbabilities> classify_whole(const std::vector<Bundle>& labels,
                                               const EmbeddingTable& table, int threads) {
  const AlignedTable aligned = labels.front().alignment.apply(table);
  std::vector<LabelProbabilities> made;
  for (const Bundle& bundle : labels) {
    made.push_back(probabilities_of(bundle, aligned.features, threads));
  }
  return made;
}

}  // namespace puente
