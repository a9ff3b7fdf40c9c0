#include "fusion/fusion_panels.h"

#include <algorithm>

#include "base/error.h"

namespace puente {
namespace {

int64_t round_up(int64_t n) { return (n + kPanel - 1) / kPanel * kPanel; }

}  // namespace

template <class T>
FusionPanels<T>::FusionPanels(const BasicFusionWeights<T>& weights)
    : shape_(weights.shape), branches_(branches_of(weights.shape)) {
  const int64_t outputs = shape_.outputs();
  // Two rounds over the same list: measure, then place.
  T* base = nullptr;
  int64_t used = 0;
  const auto place = [&](int64_t size) {
    T* const at = base == nullptr ? nullptr : base + used;
    used += round_up(size) + kPanelSpacing<T>;
    return at;
  };
  const auto parameter = [&](int64_t size) {
    T* const w = place(size);
    T* const m = place(size);
    T* const v = place(size);
    return Parameter{w, m, v};
  };
  for (int round = 0; round < 2; ++round) {
    if (round == 1) {
      numbers_.assign(static_cast<size_t>(used), T(0));
      base = numbers_.data();
      used = 0;
      panels_.clear();
    }
    int64_t column = 0;
    for (size_t b = 0; b < branches_.size(); ++b) {
      for (int64_t c = 0; c < branches_[b].hidden; c += kPanel, column += kPanel) {
        Panel panel;
        panel.branch = b;
        panel.inputs = branches_[b].inputs;
        panel.column = column;
        panel.linear = parameter(branches_[b].inputs * kPanel);
        panel.linear_bias = parameter(kPanel);
        panel.norm_weight = parameter(kPanel);
        panel.norm_bias = parameter(kPanel);
        panel.output = parameter(outputs * kPanel);
        panel.mean = place(kPanel);
        panel.variance = place(kPanel);
        panels_.push_back(panel);
      }
    }
    output_bias_ = parameter(outputs);
  }

  PUENTE_ASSERT(weights.branches.size() == branches_.size());
  PUENTE_ASSERT(weights.output.out() == outputs && weights.output.in() == shape_.hidden());
  int64_t first_column = 0;  // of the branch
  for (const Panel& panel : panels_) {
    if (panel.column >= first_column + branches_[panel.branch].hidden) first_column = panel.column;
    const BranchWeights<T>& from = weights.branches[panel.branch];
    PUENTE_ASSERT(from.linear.in() == panel.inputs &&
                  from.linear.out() == branches_[panel.branch].hidden);
    for (int64_t c = 0; c < kPanel; ++c) {
      const int64_t unit = panel.column - first_column + c;
      for (int64_t k = 0; k < panel.inputs; ++k) {
        panel.linear.w[k * kPanel + c] = from.linear.weight(unit, k);
      }
      panel.linear_bias.w[c] = from.linear.bias[unit];
      panel.norm_weight.w[c] = from.norm.weight[unit];
      panel.norm_bias.w[c] = from.norm.bias[unit];
      panel.mean[c] = from.running.mean[unit];
      panel.variance[c] = from.running.variance[unit];
      for (int64_t o = 0; o < outputs; ++o) {
        panel.output.w[o * kPanel + c] = weights.output.weight(o, panel.column + c);
      }
    }
  }
  std::copy(weights.output.bias.begin(), weights.output.bias.end(), output_bias_.w);
}

template <class T>
BasicFusionWeights<T> FusionPanels<T>::weights() const {
  BasicFusionWeights<T> weights = blank_fusion_weights<T>(shape_);
  int64_t first_column = 0;
  for (const Panel& panel : panels_) {
    if (panel.column >= first_column + branches_[panel.branch].hidden) first_column = panel.column;
    BranchWeights<T>& to = weights.branches[panel.branch];
    for (int64_t c = 0; c < kPanel; ++c) {
      const int64_t unit = panel.column - first_column + c;
      for (int64_t k = 0; k < panel.inputs; ++k) {
        to.linear.weight(unit, k) = panel.linear.w[k * kPanel + c];
      }
      to.linear.bias[unit] = panel.linear_bias.w[c];
      to.norm.weight[unit] = panel.norm_weight.w[c];
      to.norm.bias[unit] = panel.norm_bias.w[c];
      to.running.mean[unit] = panel.mean[c];
      to.running.variance[unit] = panel.variance[c];
      for (int64_t o = 0; o < shape_.outputs(); ++o) {
        weights.output.weight(o, panel.column + c) = panel.output.w[o * kPanel + c];
      }
    }
  }
  std::copy_n(output_bias_.w, weights.output.bias.size(), weights.output.bias.begin());
  return weights;
}

template class FusionPanels<float>;
template class FusionPanels<double>;

}  // namespace puente
