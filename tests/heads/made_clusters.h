// Made-up features with a known answer: class centres plus noise; class k has twice as many rows as
// class k + 1 or so.
#pragma once

#include <vector>

#include "base/rng.h"
#include "heads/head_data.h"

namespace puente::test {

struct MadeClusters {
  Matrix features;
  std::vector<int32_t> label, train, validation, other;
  int64_t classes;

  MadeClusters(int64_t rows, int64_t dim, int64_t count, double noise, uint64_t seed)
      : features(rows, dim), classes(count) {
    Rng rng(seed);
    Matrix centres(count, dim);
    for (int64_t i = 0; i < centres.size(); ++i) {
      centres.data()[i] = static_cast<float>(rng.normal());
    }
    for (int64_t i = 0; i < rows; ++i) {
      int32_t k = i < 6 * count ? static_cast<int32_t>(i % count) : 0;
      while (i >= 6 * count && k + 1 < count && rng.below(2) == 0) ++k;
      label.push_back(k);
      // Neighbouring columns share noise, as those of embeddings do.
      double before = 0;
      for (int64_t j = 0; j < dim; ++j) {
        before = 0.8 * before + 0.6 * rng.normal();
        features(i, j) = static_cast<float>(centres(k, j) + noise * before);
      }
      (i % 6 == 4 ? validation : i % 6 == 5 ? other : train).push_back(static_cast<int32_t>(i));
    }
  }
  HeadData data() const { return {features, label, classes, train, validation}; }
};

}  // namespace puente::test
