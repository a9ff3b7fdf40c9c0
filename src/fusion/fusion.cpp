#include "fusion/fusion.h"

#include <numeric>

#include "base/error.h"
#include "fusion/weights.h"

namespace puente {

FusionKind parse_fusion(std::string_view text) {
  if (text == "early") return FusionKind::early;
  if (text == "late") return FusionKind::late;
  fail("unknown fusion '{}': known are early and late", text);
}

std::string_view name_of(FusionKind kind) { return kind == FusionKind::early ? "early" : "late"; }

int64_t FusionShape::parameters() const {
  int64_t count = outputs() * (hidden() + 1);
  for (const BranchShape& branch : branches_of(*this)) {
    count += branch.hidden * (branch.inputs + 1) + 2 * branch.hidden;  // Linear, BatchNorm
  }
  return count;
}

std::vector<double> balanced_class_weights(std::span<const int32_t> label,
                                           std::span<const int32_t> rows, int64_t classes) {
  std::vector<double> count(static_cast<size_t>(classes));
  for (const int32_t row : rows) {
    PUENTE_ASSERT(row >= 0 && static_cast<size_t>(row) < label.size());
    PUENTE_ASSERT(label[row] >= 0 && label[row] < classes);
    ++count[label[row]];
  }
  for (int64_t c = 0; c < classes; ++c) {
    if (count[c] == 0) fail("class {} of {} has no training rows to balance", c, classes);
    count[c] = static_cast<double>(rows.size()) / (static_cast<double>(classes) * count[c]);
  }
  return count;
}

std::vector<double> balanced_label_weights(std::span<const int32_t> label,
                                           std::span<const int32_t> rows, int64_t labels) {
  std::vector<double> weights;
  for (int64_t l = 0; l < labels; ++l) {
    std::vector<int32_t> known;
    for (const int32_t row : rows) {
      const int32_t one = label[static_cast<size_t>(row * labels + l)];
      if (one >= 0) known.push_back(one);
    }
    std::vector<int32_t> all(known.size());
    std::iota(all.begin(), all.end(), 0);
    const std::vector<double> own = balanced_class_weights(known, all, 2);
    weights.insert(weights.end(), own.begin(), own.end());
  }
  return weights;
}

}  // namespace puente
