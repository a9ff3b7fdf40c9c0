#include "nn/panels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/panel_forward.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include "nn/panels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

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
  // From the end: the update before has just left the last inputs' weights in the cache, and the
  // one after begins with the first ones.
  for (int64_t end = x.inputs; end > 0; end = (end - 1) / kDepth * kDepth) {
    const int64_t begin = (end - 1) / kDepth * kDepth;
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

// Highway exports functions, not templates: one per pair of types (weights, rows).
void ForwardF32(const PanelInput<float>& x, std::span<const PanelPair<float>> panels) {
  Forward<float, float>(x, panels);
}
void ForwardF64(const PanelInput<double>& x, std::span<const PanelPair<double>> panels) {
  Forward<double, double>(x, panels);
}
void ForwardF64OfF32(const PanelInput<float>& x, std::span<const PanelPair<double>> panels) {
  Forward<double, float>(x, panels);
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(ForwardF32);
HWY_EXPORT(ForwardF64);
HWY_EXPORT(ForwardF64OfF32);

template <>
void panel_forward(const PanelInput<float>& x, std::span<const PanelPair<float>> panels) {
  HWY_DYNAMIC_DISPATCH(ForwardF32)(x, panels);
}
template <>
void panel_forward(const PanelInput<double>& x, std::span<const PanelPair<double>> panels) {
  HWY_DYNAMIC_DISPATCH(ForwardF64)(x, panels);
}
template <>
void panel_forward(const PanelInput<float>& x, std::span<const PanelPair<double>> panels) {
  HWY_DYNAMIC_DISPATCH(ForwardF64OfF32)(x, panels);
}

}  // namespace puente
#endif  // HWY_ONCE
