#include "nn/panels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/panels.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include "nn/panels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Stops the compiler from splitting addresses into parts: it then runs out of registers and moves
// addresses through the ports that the multiply-adds need.
template <class P>
HWY_INLINE P* Whole(P* pointer) {
#if HWY_ARCH_X86_64
  asm("" : "+r"(pointer));
#endif
  return pointer;
}

template <class T, class X, int kRows, int kPairs>
HWY_INLINE void ForwardBlock(const PanelInput<X>& in, const PanelPair<T>& panels, int first,
                             int64_t r, int64_t begin, int64_t end) {
  constexpr int kVectors = Block<T>::kVectors;
  constexpr int kLanes = Block<T>::kLanes;
  const typename Block<T>::D d;
  typename Block<T>::V sum[kRows][kPairs * kVectors];
  const T* HWY_RESTRICT w[kPairs];
  T* HWY_RESTRICT z[kPairs];
  const X* HWY_RESTRICT x[kRows];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) x[i] = in.row[r + i] + in.offset;
#pragma GCC unroll 2
  for (int p = 0; p < kPairs; ++p) {
    w[p] = panels.w[first + p];
    z[p] = panels.z[first + p] + r * kPanel;
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        sum[i][p * kVectors + v] = hn::Load(d, z[p] + i * kPanel + v * kLanes);
      }
    }
  }
  for (int64_t k = begin; k < end; ++k) {
    typename Block<T>::V weight[kPairs * kVectors];
#pragma GCC unroll 2
    for (int p = 0; p < kPairs; ++p) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        weight[p * kVectors + v] = hn::Load(d, w[p] + k * kPanel + v * kLanes);
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const auto broadcast = hn::Set(d, static_cast<T>(x[i][k]));
#pragma GCC unroll 16
      for (int v = 0; v < kPairs * kVectors; ++v) {
        sum[i][v] = hn::MulAdd(broadcast, weight[v], sum[i][v]);
      }
    }
  }
#pragma GCC unroll 2
  for (int p = 0; p < kPairs; ++p) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        hn::Store(sum[i][p * kVectors + v], d, z[p] + i * kPanel + v * kLanes);
      }
    }
  }
}

// Rows from r on in blocks of kRows, what is left in smaller blocks.
template <class T, class X, int kRows, int kPairs>
HWY_INLINE void ForwardRows(const PanelInput<X>& x, const PanelPair<T>& panels, int first,
                            int64_t r, int64_t begin, int64_t end) {
  for (; r + kRows <= x.rows; r += kRows) {
    ForwardBlock<T, X, kRows, kPairs>(x, panels, first, r, begin, end);
  }
  if constexpr (kRows > 1) {
    ForwardRows<T, X, (kRows > 4 ? 4 : kRows / 2), kPairs>(x, panels, first, r, begin, end);
  }
}

// Inputs per pass over the rows: two panels of that height stay in the first-level cache.
inline constexpr int64_t kDepth = 256;

template <class T, class X>
HWY_INLINE void Forward(const PanelInput<X>& x, std::span<const PanelPair<T>> pairs) {
  using B = Block<T>;
  for (const PanelPair<T>& panels : pairs) {
    for (int p = 0; p < panels.count; ++p) {
      for (int64_t i = 0; i < x.rows * kPanel; ++i) {
        panels.z[p][i] = panels.bias[p] != nullptr ? panels.bias[p][i % kPanel] : T(0);
      }
    }
  }
  for (int64_t begin = 0; begin < x.inputs; begin += kDepth) {
    const int64_t end = HWY_MIN(begin + kDepth, x.inputs);
    for (const PanelPair<T>& panels : pairs) {
      if (B::kPairs == 2 && panels.count == 2) {
        ForwardRows<T, X, B::kRows, B::kPairs>(x, panels, 0, 0, begin, end);
      } else {
        for (int p = 0; p < panels.count; ++p) {
          ForwardRows<T, X, B::kRows, 1>(x, panels, p, 0, begin, end);
        }
      }
    }
  }
}

// The gradient of one block of inputs, waiting for its step: square roots and divisions take long,
// so they are strewn between the multiply-adds of the next block, the division of a vector one part
// after its square root.
template <class T>
struct Pending {
  HWY_ALIGN T gradient[2][Block<T>::kRows * kPanel];
  HWY_ALIGN T root[2][Block<T>::kRows * kPanel];
  int64_t k = 0;    // first input
  int vectors = 0;  // in each panel; 0: nothing waits
};

template <class T, int kPairs>
HWY_INLINE void StepMoments(const PanelPair<T>& panels, int first, const AdamWStep<T>& step,
                            Pending<T>& pending, int vector) {
  constexpr int kLanes = Block<T>::kLanes;
  const typename Block<T>::D d;
  const int64_t at = pending.k * kPanel + vector * kLanes;
#pragma GCC unroll 2
  for (int p = 0; p < kPairs; ++p) {
    const auto root = Moments<T>(step, hn::Load(d, pending.gradient[p] + vector * kLanes),
                                 panels.m[first + p] + at, panels.v[first + p] + at);
    hn::Store(root, d, pending.root[p] + vector * kLanes);
  }
}

template <class T, int kPairs>
HWY_INLINE void StepWeights(const PanelPair<T>& panels, int first, const AdamWStep<T>& step,
                            Pending<T>& pending, int vector) {
  constexpr int kLanes = Block<T>::kLanes;
  const typename Block<T>::D d;
  const int64_t at = pending.k * kPanel + vector * kLanes;
#pragma GCC unroll 2
  for (int p = 0; p < kPairs; ++p) {
    Weights<T>(step, hn::Load(d, panels.m[first + p] + at),
               hn::Load(d, pending.root[p] + vector * kLanes), panels.w[first + p] + at);
  }
}

// The gradient of kRows inputs, x [rows][kRows], summed over the rows in registers and left in
// `pending`; between the rows, the steps of what was pending, and a fetch from the next batch.
template <class T, class X, int kPairs>
HWY_INLINE void UpdateBlock(const T* HWY_RESTRICT x, int64_t rows, const PanelPair<T>& panels,
                            int first, const AdamWStep<T>& step, Pending<T>& pending,
                            const X* const* HWY_RESTRICT next, int64_t next_column) {
  constexpr int kRows = Block<T>::kRows;
  constexpr int kVectors = Block<T>::kVectors;
  constexpr int kLanes = Block<T>::kLanes;
  constexpr int kParts = kRows * kVectors;
  const typename Block<T>::D d;
  typename Block<T>::V sum[kRows][kPairs * kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int v = 0; v < kPairs * kVectors; ++v) sum[i][v] = hn::Zero(d);
  }
  const T* HWY_RESTRICT z[kPairs];
#pragma GCC unroll 2
  for (int p = 0; p < kPairs; ++p) z[p] = panels.z[first + p];
  const int64_t rows_per_part = (rows + kParts - 1) / kParts;
  int64_t r = 0;
  for (int part = 0; part < kParts; ++part) {
    const int64_t end = HWY_MIN(r + rows_per_part, rows);
    for (; r < end; ++r) {
      const T* HWY_RESTRICT xr = Whole(x + r * kRows);
      __builtin_prefetch(next[r] + next_column, 0, 2);
      typename Block<T>::V dz[kPairs * kVectors];
#pragma GCC unroll 2
      for (int p = 0; p < kPairs; ++p) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          dz[p * kVectors + v] = hn::Load(d, z[p] + r * kPanel + v * kLanes);
        }
      }
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const auto broadcast = hn::Set(d, xr[i]);
#pragma GCC unroll 16
        for (int v = 0; v < kPairs * kVectors; ++v) {
          sum[i][v] = hn::MulAdd(broadcast, dz[v], sum[i][v]);
        }
      }
    }
    if (part < pending.vectors) {
      if (part > 0) StepWeights<T, kPairs>(panels, first, step, pending, part - 1);
      StepMoments<T, kPairs>(panels, first, step, pending, part);
    }
  }
  if (pending.vectors > 0) {
    StepWeights<T, kPairs>(panels, first, step, pending, pending.vectors - 1);
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int v = 0; v < kPairs * kVectors; ++v) {
      hn::Store(sum[i][v], d,
                pending.gradient[v / kVectors] + i * kPanel + (v % kVectors) * kLanes);
    }
  }
}

// Inputs per tile of packed x: a few blocks.
template <class T>
inline constexpr int64_t kTile = 64 / Block<T>::kRows* Block<T>::kRows;

// x[:, begin : begin + kTile) as [block][rows][kRows], zeros past `end`. Rows of x lie whole pages
// apart, where they crowd the same few lines of the first-level cache; packed they do not.
template <class T, class X>
HWY_INLINE void Pack(const PanelInput<X>& x, int64_t begin, int64_t end, T* HWY_RESTRICT packed) {
  constexpr int kRows = Block<T>::kRows;
  for (int64_t r = 0; r < x.rows; ++r) {
    const X* HWY_RESTRICT from = x.row[r] + x.offset;
    T* HWY_RESTRICT to = packed + r * kRows;
    for (int64_t k = begin; k < end; k += kRows, to += x.rows * kRows) {
      if (k + kRows <= end) {
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) to[i] = static_cast<T>(from[k + i]);
      } else {
        for (int i = 0; i < kRows; ++i) to[i] = k + i < end ? static_cast<T>(from[k + i]) : T(0);
      }
    }
  }
}

template <class T, class X, int kPairs>
HWY_INLINE void UpdateTile(const T* packed, int64_t rows, int64_t begin, int64_t end,
                           const PanelPair<T>& panels, int first, const AdamWStep<T>& step,
                           const PanelInput<X>& next) {
  constexpr int kRows = Block<T>::kRows;
  Pending<T> pending;
  for (int64_t k = begin; k < end; k += kRows) {
    UpdateBlock<T, X, kPairs>(packed + (k - begin) * rows, rows, panels, first, step, pending,
                              next.row, next.offset + k);
    pending.k = k;
    pending.vectors = static_cast<int>(HWY_MIN(kRows, end - k)) * Block<T>::kVectors;
  }
  for (int vector = 0; vector < pending.vectors; ++vector) {
    StepMoments<T, kPairs>(panels, first, step, pending, vector);
    StepWeights<T, kPairs>(panels, first, step, pending, vector);
  }
}

template <class T, class X>
HWY_INLINE void Update(const PanelInput<X>& x, std::span<const PanelPair<T>> pairs,
                       const AdamWStep<T>& step, T* scratch, const PanelInput<X>& next_batch) {
  // Where there is no next batch, or a smaller one, rows of this batch take its place.
  const PanelInput<X>& next = next_batch.rows >= x.rows ? next_batch : x;
  for (int64_t begin = 0; begin < x.inputs; begin += kTile<T>) {
    const int64_t end = HWY_MIN(begin + kTile<T>, x.inputs);
    Pack(x, begin, end, scratch);
    for (const PanelPair<T>& panels : pairs) {
      if (Block<T>::kPairs == 2 && panels.count == 2) {
        UpdateTile<T, X, Block<T>::kPairs>(scratch, x.rows, begin, end, panels, 0, step, next);
      } else {
        for (int p = 0; p < panels.count; ++p) {
          UpdateTile<T, X, 1>(scratch, x.rows, begin, end, panels, p, step, next);
        }
      }
    }
  }
}

template <class T>
HWY_INLINE void AdamW(const AdamWStep<T>& step, int64_t n, T* w, const T* gradient, T* m, T* v) {
  const typename Block<T>::D d;
  for (int64_t i = 0; i < n; i += Block<T>::kLanes) {
    const auto root = Moments<T>(step, hn::Load(d, gradient + i), m + i, v + i);
    Weights<T>(step, hn::Load(d, m + i), root, w + i);
  }
}

// One function per pair of types (weights, rows); Highway exports functions, not templates.
#define PUENTE_KERNELS(T, X, SUFFIX)                                                     \
  void Forward##SUFFIX(const PanelInput<X>& x, std::span<const PanelPair<T>> panels) {   \
    Forward<T, X>(x, panels);                                                            \
  }                                                                                      \
  void Update##SUFFIX(const PanelInput<X>& x, std::span<const PanelPair<T>> panels,      \
                      const AdamWStep<T>& step, T* scratch, const PanelInput<X>& next) { \
    Update<T, X>(x, panels, step, scratch, next);                                        \
  }
PUENTE_KERNELS(float, float, F32)
PUENTE_KERNELS(double, double, F64)
PUENTE_KERNELS(double, float, F64OfF32)
#undef PUENTE_KERNELS

void AdamWF32(const AdamWStep<float>& step, int64_t n, float* w, const float* gradient, float* m,
              float* v) {
  AdamW(step, n, w, gradient, m, v);
}
void AdamWF64(const AdamWStep<double>& step, int64_t n, double* w, const double* gradient,
              double* m, double* v) {
  AdamW(step, n, w, gradient, m, v);
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

#define PUENTE_EXPORT(T, X, SUFFIX)                                                    \
  HWY_EXPORT(Forward##SUFFIX);                                                         \
  HWY_EXPORT(Update##SUFFIX);                                                          \
  template <>                                                                          \
  void panel_forward(const PanelInput<X>& x, std::span<const PanelPair<T>> panels) {   \
    HWY_DYNAMIC_DISPATCH(Forward##SUFFIX)(x, panels);                                  \
  }                                                                                    \
  template <>                                                                          \
  void panel_update(const PanelInput<X>& x, std::span<const PanelPair<T>> panels,      \
                    const AdamWStep<T>& step, T* scratch, const PanelInput<X>& next) { \
    HWY_DYNAMIC_DISPATCH(Update##SUFFIX)(x, panels, step, scratch, next);              \
  }
PUENTE_EXPORT(float, float, F32)
PUENTE_EXPORT(double, double, F64)
PUENTE_EXPORT(double, float, F64OfF32)
#undef PUENTE_EXPORT

HWY_EXPORT(AdamWF32);
HWY_EXPORT(AdamWF64);
template <>
void panel_adamw(const AdamWStep<float>& step, int64_t n, float* w, const float* gradient, float* m,
                 float* v) {
  HWY_DYNAMIC_DISPATCH(AdamWF32)(step, n, w, gradient, m, v);
}
template <>
void panel_adamw(const AdamWStep<double>& step, int64_t n, double* w, const double* gradient,
                 double* m, double* v) {
  HWY_DYNAMIC_DISPATCH(AdamWF64)(step, n, w, gradient, m, v);
}

}  // namespace puente
#endif  // HWY_ONCE
