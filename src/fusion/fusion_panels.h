// FusionPanels: a classifier's weights as the panel kernels want them, with AdamW's moments: per 16
// hidden columns everything that belongs to them, from the Linear before to the output layer
// behind.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "fusion/weights.h"
#include "nn/panel_norm.h"
#include "nn/panels.h"

namespace puente {

/// Numbers left free between arrays that are worked on together, so that they begin on different
/// sets of the caches.
template <class T>
inline constexpr int64_t kPanelSpacing = 5 * 64 / sizeof(T);

template <class T>
class FusionPanels {
 public:
  /// Trainable numbers and Adam's moments of them.
  struct Parameter {
    T* w;
    T* m;
    T* v;
  };
  /// 16 hidden columns of one branch.
  struct Panel {
    size_t branch;
    int64_t inputs;         // of the branch
    int64_t column;         // first hidden column, in the concatenation
    Parameter linear;       // [inputs][16]
    Parameter linear_bias;  // [16]
    Parameter norm_weight;  // [16]
    Parameter norm_bias;    // [16]
    Parameter output;       // [outputs][16]
    T* mean;                // [16] running
    T* variance;            // [16] running
    PanelNorm<T> norm() const { return {norm_weight.w, norm_bias.w, mean, variance}; }
  };

  /// Moments begin at zero.
  explicit FusionPanels(const BasicFusionWeights<T>& weights);
  // Panels point into the numbers, which a move leaves in their place.
  FusionPanels(FusionPanels&&) = default;
  FusionPanels& operator=(FusionPanels&&) = default;

  BasicFusionWeights<T> weights() const;

  const FusionShape& shape() const { return shape_; }
  std::span<const BranchShape> branches() const { return branches_; }
  std::span<const Panel> panels() const { return panels_; }
  const Parameter& output_bias() const { return output_bias_; }  // [outputs]

 private:
  FusionShape shape_;
  std::vector<BranchShape> branches_;
  AlignedVector<T> numbers_;
  std::vector<Panel> panels_;
  Parameter output_bias_;
};

}  // namespace puente
