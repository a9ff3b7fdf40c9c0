// ReLU and BatchNorm1d on a panel of 16 columns, and the output layer's sums over panels: what is
// left of a small classifier beside panel_forward and panel_update. Same promises as nn/panels.h.
// Dropout, where wanted, is applied to z before (a negative number stays negative or becomes zero).
#pragma once

#include <cstdint>

#include "nn/panels.h"

namespace puente {

/// One panel's BatchNorm. All pointers are 64-byte aligned.
template <class T>
struct PanelNorm {
  const T* weight = nullptr;  // [16]
  const T* bias = nullptr;    // [16]
  T* mean = nullptr;          // [16] running
  T* variance = nullptr;      // [16] running
};

/// What the backward pass needs of a training batch.
template <class T>
struct PanelNormSaved {
  alignas(64) T mean[kPanel];
  alignas(64) T inverse[kPanel];  // 1 / sqrt(variance + eps)
};

/// z [rows][16] -> max(0, z) in place; y [rows][16] = BatchNorm of it by this batch's statistics,
/// which also move the running ones. rows >= 2.
template <class T>
void panel_norm_train(const PanelNorm<T>& norm, int64_t rows, T* z, T* y, PanelNormSaved<T>& saved);

/// The same in evaluation: in place, by the running statistics.
template <class T>
void panel_norm_evaluate(const PanelNorm<T>& norm, int64_t rows, T* z);

/// The gradients of one panel's small parameters.
template <class T>
struct PanelNormGradient {
  alignas(64) T weight[kPanel];
  alignas(64) T bias[kPanel];
  alignas(64) T linear_bias[kPanel];  // of the Linear before
};

/// d [rows][16]: the gradient of y in, of the Linear's output out. `z` is as panel_norm_train left
/// it; `scale` is what Dropout multiplied the kept numbers with (1 without it).
template <class T>
void panel_norm_backward(const PanelNorm<T>& norm, const PanelNormSaved<T>& saved, int64_t rows,
                         const T* z, T scale, T* d, PanelNormGradient<T>& gradient);

/// logits[r][o] = bias[o] + sum over panels p and columns c of y[p][r][c] * w[p][o][c], for the
/// rows [begin, end).
template <class T>
void panel_logits(const T* const* y, const T* const* w, int64_t panels, const T* bias,
                  int64_t outputs, int64_t begin, int64_t end, T* logits);

}  // namespace puente
