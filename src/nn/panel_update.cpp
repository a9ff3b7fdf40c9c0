#include <cstring>
#include <type_traits>

#include "nn/panels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/panel_update.cpp"
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

// The gradient of one block of inputs, waiting for its step: square roots and divisions take long,
// so they are strewn between the multiply-adds of the next block, the division of a vector one part
// after its square root.
template <class T>
struct Pending {
  HWY_ALIGN T gradient[2][Block<T>::kRows * kPanel];
  HWY_ALIGN T root[2][Block<T>::kRows * kPanel];
  T* w[2];  // the block's weights and moments
  T* m[2];
  T* v[2];
  int vectors = 0;  // in each panel; 0: nothing waits
};

template <class T, int kPairs>
HWY_INLINE void StepMoments(const AdamWStep<T>& step, Pending<T>& pending, int vector) {
  const typename Block<T>::D d;
  const int at = vector * Block<T>::kLanes;
#pragma GCC unroll 2
  for (int p = 0; p < kPairs; ++p) {
    const auto root = Moments<T>(step, hn::Load(d, pending.gradient[p] + at), pending.m[p] + at,
                                 pending.v[p] + at);
    hn::Store(root, d, pending.root[p] + at);
  }
}

template <class T, int kPairs>
HWY_INLINE void StepWeights(const AdamWStep<T>& step, Pending<T>& pending, int vector) {
  const typename Block<T>::D d;
  const int at = vector * Block<T>::kLanes;
#pragma GCC unroll 2
  for (int p = 0; p < kPairs; ++p) {
    Weights<T>(step, hn::Load(d, pending.m[p] + at), hn::Load(d, pending.root[p] + at),
               pending.w[p] + at);
  }
}

template <class T, int kPairs>
HWY_INLINE void StepAll(const AdamWStep<T>& step, Pending<T>& pending) {
  for (int vector = 0; vector < pending.vectors; ++vector) {
    StepMoments<T, kPairs>(step, pending, vector);
    StepWeights<T, kPairs>(step, pending, vector);
  }
  pending.vectors = 0;
}

// The gradient of kRows inputs, x [rows][kRows], summed over the rows in registers and left in
// `pending`; between the rows, the steps of what was pending.
template <class T, int kPairs>
HWY_INLINE void UpdateBlock(const T* HWY_RESTRICT x, int64_t rows, const PanelPair<T>& panels,
                            int first, const AdamWStep<T>& step, Pending<T>& pending) {
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
      if (part > 0) StepWeights<T, kPairs>(step, pending, part - 1);
      StepMoments<T, kPairs>(step, pending, part);
    }
  }
  if (pending.vectors > 0) {
    StepWeights<T, kPairs>(step, pending, pending.vectors - 1);
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
inline constexpr int64_t kTile = 64 - 64 % Block<T>::kRows;

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
        if constexpr (std::is_same_v<T, X>) {
          std::memcpy(to, from + k, kRows * sizeof(T));  // one or two vector moves
        } else {
          for (int i = 0; i < kRows; ++i) to[i] = static_cast<T>(from[k + i]);
        }
      } else {
        for (int i = 0; i < kRows; ++i) to[i] = k + i < end ? static_cast<T>(from[k + i]) : T(0);
      }
    }
  }
}

template <class T, class X, int kPairs>
HWY_INLINE void UpdatePairs(const PanelInput<X>& x, std::span<const PanelPair<T>> pairs,
                            const AdamWStep<T>& step, T* scratch) {
  constexpr int kRows = Block<T>::kRows;
  Pending<T> pending;
  for (int64_t begin = 0; begin < x.inputs; begin += kTile<T>) {
    const int64_t end = HWY_MIN(begin + kTile<T>, x.inputs);
    Pack(x, begin, end, scratch);
    for (const PanelPair<T>& panels : pairs) {
      for (int first = 0; first < panels.count; first += kPairs) {
        for (int64_t k = begin; k < end; k += kRows) {
          UpdateBlock<T, kPairs>(scratch + (k - begin) * x.rows, x.rows, panels, first, step,
                                 pending);
          for (int p = 0; p < kPairs; ++p) {
            pending.w[p] = panels.w[first + p] + k * kPanel;
            pending.m[p] = panels.m[first + p] + k * kPanel;
            pending.v[p] = panels.v[first + p] + k * kPanel;
          }
          pending.vectors = static_cast<int>(HWY_MIN(kRows, end - k)) * Block<T>::kVectors;
        }
      }
    }
  }
  StepAll<T, kPairs>(step, pending);
}

template <class T, class X>
HWY_INLINE void Update(const PanelInput<X>& x, std::span<const PanelPair<T>> pairs,
                       const AdamWStep<T>& step, T* scratch) {
  // Only the last pair may be one panel.
  const size_t whole = pairs.empty() ? 0 : pairs.size() - (pairs.back().count == 1);
  if (Block<T>::kPairs == 1) {
    UpdatePairs<T, X, 1>(x, pairs, step, scratch);
  } else {
    if (whole > 0) UpdatePairs<T, X, Block<T>::kPairs>(x, pairs.first(whole), step, scratch);
    if (whole < pairs.size()) UpdatePairs<T, X, 1>(x, pairs.subspan(whole), step, scratch);
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

// Highway exports functions, not templates: one per pair of types (weights, rows).
void UpdateF32(const PanelInput<float>& x, std::span<const PanelPair<float>> panels,
               const AdamWStep<float>& step, float* scratch) {
  Update<float, float>(x, panels, step, scratch);
}
void UpdateF64(const PanelInput<double>& x, std::span<const PanelPair<double>> panels,
               const AdamWStep<double>& step, double* scratch) {
  Update<double, double>(x, panels, step, scratch);
}
void UpdateF64OfF32(const PanelInput<float>& x, std::span<const PanelPair<double>> panels,
                    const AdamWStep<double>& step, double* scratch) {
  Update<double, float>(x, panels, step, scratch);
}
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

HWY_EXPORT(UpdateF32);
HWY_EXPORT(UpdateF64);
HWY_EXPORT(UpdateF64OfF32);
HWY_EXPORT(AdamWF32);
HWY_EXPORT(AdamWF64);

template <>
void panel_update(const PanelInput<float>& x, std::span<const PanelPair<float>> panels,
                  const AdamWStep<float>& step, float* scratch) {
  HWY_DYNAMIC_DISPATCH(UpdateF32)(x, panels, step, scratch);
}
template <>
void panel_update(const PanelInput<double>& x, std::span<const PanelPair<double>> panels,
                  const AdamWStep<double>& step, double* scratch) {
  HWY_DYNAMIC_DISPATCH(UpdateF64)(x, panels, step, scratch);
}
template <>
void panel_update(const PanelInput<float>& x, std::span<const PanelPair<double>> panels,
                  const AdamWStep<double>& step, double* scratch) {
  HWY_DYNAMIC_DISPATCH(UpdateF64OfF32)(x, panels, step, scratch);
}
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
