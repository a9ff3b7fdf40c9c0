// The fast form of Linear for training: its weights in panels of 16 outputs, kernels that take rows
// of x by pointer (no batch is gathered) and that apply AdamW to a gradient that never leaves the
// core. A panel's forward, backward and update touch no other panel, so a thread that owns panels
// needs nobody else's.
//
// A panel of weights is [inputs][16]: row k holds what x[k] is multiplied with for 16 neighbouring
// outputs, one cache line in float. A panel of activations is [rows][16]. Vector lanes run over
// outputs; sums over inputs (and over rows, for the gradient) have one order in every variant, so
// every CPU with fused multiply-add gives the same bits, however the panels are split.
//
// Kernels are chosen at run time for the CPU (Highway). Not for big frozen models: see encoders/.
#pragma once

#include <cstdint>
#include <span>

#include "nn/adamw.h"

namespace puente {

inline constexpr int64_t kPanel = 16;

/// Rows of an input matrix, wherever they lie; a layer reads [offset, offset + inputs) of each.
template <class X>
struct PanelInput {
  const X* const* row = nullptr;  // [rows]
  int64_t rows = 0;
  int64_t offset = 0;
  int64_t inputs = 0;
};

/// One or two panels that read the same input: what one pass over it serves. In a list of pairs
/// only the last may be of one.
template <class T>
struct PanelPair {
  int count = 1;
  const T* bias[2] = {};  // [16]; nullptr: zero. Forward only.
  T* w[2] = {};           // [inputs][16]: weights
  T* m[2] = {};           // [inputs][16]: Adam's mean of the gradient. Update only.
  T* v[2] = {};           // [inputs][16]: Adam's mean of its square. Update only.
  T* z[2] = {};           // [rows][16]: activations (forward) or their gradient (update)
};

/// Numbers of scratch that panel_update needs for a batch of so many rows.
constexpr int64_t panel_scratch(int64_t rows) { return rows * 64; }

/// z = bias + x W.
template <class T, class X>
void panel_forward(const PanelInput<X>& x, std::span<const PanelPair<T>> panels);

/// An AdamW step of w with the gradient x^T z. `scratch` is 64-byte aligned.
template <class T, class X>
void panel_update(const PanelInput<X>& x, std::span<const PanelPair<T>> panels,
                  const AdamWStep<T>& step, T* scratch);

/// An AdamW step of n numbers, n a multiple of 16, all 64-byte aligned.
template <class T>
void panel_adamw(const AdamWStep<T>& step, int64_t n, T* w, const T* gradient, T* m, T* v);

}  // namespace puente
