// The inputs of tests/golden/fusion: the integer hash of tools/golden_fusion.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fusion/trainer.h"
#include "fusion/weights.h"

namespace puente::test {

inline constexpr int32_t kGoldenRows = 33;
inline constexpr int64_t kGoldenBatch = 8;
inline constexpr int kGoldenEpochs = 3;

inline uint32_t mixed(uint32_t i) {
  i *= 2654435761u;
  i ^= i >> 15;
  i *= 2246822519u;
  return i ^ (i >> 13);
}

inline double signed_number(uint32_t i) { return (mixed(i) >> 11) * 0x1.0p-20 - 1; }

struct GoldenCase {
  std::string name;
  FusionShape shape;
  bool weighted;
  bool unknown = false;  // some labels of a row are not known
  double regularisation = 0;
  bool learned = false;  // a learned shift
};

inline std::vector<GoldenCase> golden_cases() {
  return {{"early_2", {FusionKind::early, 5, 3, 2}, true},
          {"early_7", {FusionKind::early, 5, 3, 7}, true},
          {"late_2", {FusionKind::late, 5, 3, 2}, true},
          {"late_7", {FusionKind::late, 5, 3, 7}, true},
          {"late_text_only_3", {FusionKind::late, 0, 8, 3}, false},
          {"early_2_unweighted", {FusionKind::early, 5, 3, 2}, false},
          {"early_4_labels", {FusionKind::early, 5, 3, 2, 4}, true},
          {"late_3_labels_unknown", {FusionKind::late, 5, 3, 2, 3}, true, true},
          {"late_7_regularised", {FusionKind::late, 5, 3, 7}, true, false, 0.3},
          {"early_2_learned", {FusionKind::early, 4, 4, 2}, true, false, 0, true},
          {"late_7_learned_regularised", {FusionKind::late, 4, 4, 7}, true, false, 0.3, true}};
}

struct GoldenInput {
  Matrix features;
  std::vector<int32_t> label;
  std::vector<int32_t> rows;
  std::vector<double> class_weights;
  std::optional<LiveRows> live;

  explicit GoldenInput(const GoldenCase& c)
      : features(kGoldenRows, c.shape.image_dim + c.shape.text_dim) {
    for (int32_t r = 0; r < kGoldenRows; ++r) {
      for (int64_t i = 0; i < features.cols(); ++i) {
        features(r, i) = static_cast<float>(4 * signed_number(7919 * r + static_cast<uint32_t>(i)));
      }
      for (int64_t l = 0; l < c.shape.labels; ++l) {
        const uint32_t lot = mixed(104729 + r + 15485863 * static_cast<uint32_t>(l));
        label.push_back(
            c.unknown && l > 0 && lot % 3 == 0 ? -1 : static_cast<int32_t>(lot % c.shape.classes));
      }
      rows.push_back(r);
    }
    if (c.learned) live = learned_shift(c.shape.image_dim);
    if (!c.weighted) return;
    class_weights = c.shape.labels > 1 ? balanced_label_weights(label, rows, c.shape.labels)
                                       : balanced_class_weights(label, rows, c.shape.classes);
  }
  FusionData data() const { return {features, label, live ? &*live : nullptr}; }
  static LiveRows learned_shift(int64_t width) {
    FittedStep step{{AlignKind::shift_learned, 0}, {width, width}, {width, width}};
    for (uint32_t j = 0; j < width; ++j) step.image.direction.push_back(signed_number(50021 + j));
    step.text.direction = step.image.direction;
    return LiveRows({step});
  }
  static std::vector<int32_t> order(int epoch) {
    std::vector<int32_t> order;
    for (int32_t i = 0; i < kGoldenRows; ++i) order.push_back((5 * i + 11 * epoch) % kGoldenRows);
    return order;
  }
};

template <class T>
BasicFusionWeights<T> golden_weights(const GoldenCase& c) {
  BasicFusionWeights<T> weights = blank_fusion_weights<T>(c.shape);
  if (c.learned) weights.lambda = T(0);
  uint32_t t = 0;
  for (const NamedTensor<T>& tensor : tensors_of(weights)) {
    ++t;
    const bool around_one =
        tensor.name.ends_with("3.weight") || tensor.name.ends_with("running_var");
    for (uint32_t i = 0; i < tensor.values.size(); ++i) {
      tensor.values[i] = static_cast<T>(signed_number(100003 * t + i) / 4 + around_one);
    }
  }
  return weights;
}

}  // namespace puente::test
