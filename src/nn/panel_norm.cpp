#include "nn/panel_norm.h"

#include "nn/batch_norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/panel_norm.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include "nn/panels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Each kernel below works on one vector of columns at a time, `c` being its first column.
template <class T>
HWY_INLINE void NormTrain(const PanelNorm<T>& norm, int64_t rows, T* HWY_RESTRICT z,
                          T* HWY_RESTRICT y, PanelNormSaved<T>& saved) {
  const typename Block<T>::D d;
  const auto n = hn::Set(d, static_cast<T>(rows));
  const auto n_less_one = hn::Set(d, static_cast<T>(rows - 1));
  const auto momentum = hn::Set(d, static_cast<T>(kBatchNormMomentum));
  for (int64_t c = 0; c < kPanel; c += Block<T>::kLanes) {
    auto sum = hn::Zero(d);
    for (int64_t r = 0; r < rows; ++r) {
      // In this order of arguments x86 keeps a NaN of z.
      const auto h = hn::Max(hn::Zero(d), hn::Load(d, z + r * kPanel + c));
      hn::Store(h, d, z + r * kPanel + c);
      sum = hn::Add(sum, h);
    }
    const auto mean = hn::Div(sum, n);
    auto squares = hn::Zero(d);
    for (int64_t r = 0; r < rows; ++r) {
      const auto distance = hn::Sub(hn::Load(d, z + r * kPanel + c), mean);
      squares = hn::MulAdd(distance, distance, squares);
    }
    const auto deviation =
        hn::Sqrt(hn::Add(hn::Div(squares, n), hn::Set(d, static_cast<T>(kBatchNormEpsilon))));
    const auto inverse = hn::Div(hn::Set(d, T(1)), deviation);
    hn::Store(mean, d, saved.mean + c);
    hn::Store(inverse, d, saved.inverse + c);
    const auto weight = hn::Load(d, norm.weight + c);
    const auto bias = hn::Load(d, norm.bias + c);
    for (int64_t r = 0; r < rows; ++r) {
      const auto normalised = hn::Mul(hn::Sub(hn::Load(d, z + r * kPanel + c), mean), inverse);
      hn::Store(hn::MulAdd(normalised, weight, bias), d, y + r * kPanel + c);
    }
    const auto old_mean = hn::Load(d, norm.mean + c);
    const auto old_variance = hn::Load(d, norm.variance + c);
    const auto variance = hn::Div(squares, n_less_one);
    hn::Store(hn::MulAdd(momentum, hn::Sub(mean, old_mean), old_mean), d, norm.mean + c);
    hn::Store(hn::MulAdd(momentum, hn::Sub(variance, old_variance), old_variance), d,
              norm.variance + c);
  }
}

template <class T>
HWY_INLINE void NormEvaluate(const PanelNorm<T>& norm, int64_t rows, T* HWY_RESTRICT z) {
  const typename Block<T>::D d;
  for (int64_t c = 0; c < kPanel; c += Block<T>::kLanes) {
    const auto mean = hn::Load(d, norm.mean + c);
    const auto deviation = hn::Sqrt(
        hn::Add(hn::Load(d, norm.variance + c), hn::Set(d, static_cast<T>(kBatchNormEpsilon))));
    const auto inverse = hn::Div(hn::Set(d, T(1)), deviation);
    const auto weight = hn::Load(d, norm.weight + c);
    const auto bias = hn::Load(d, norm.bias + c);
    for (int64_t r = 0; r < rows; ++r) {
      const auto h = hn::Max(hn::Zero(d), hn::Load(d, z + r * kPanel + c));
      hn::Store(hn::MulAdd(hn::Mul(hn::Sub(h, mean), inverse), weight, bias), d,
                z + r * kPanel + c);
    }
  }
}

template <class T>
HWY_INLINE void NormBackward(const PanelNorm<T>& norm, const PanelNormSaved<T>& saved, int64_t rows,
                             const T* HWY_RESTRICT z, T dropout_scale, T* HWY_RESTRICT dy,
                             PanelNormGradient<T>& gradient) {
  const typename Block<T>::D d;
  const auto n = hn::Set(d, static_cast<T>(rows));
  for (int64_t c = 0; c < kPanel; c += Block<T>::kLanes) {
    const auto mean = hn::Load(d, saved.mean + c);
    const auto inverse = hn::Load(d, saved.inverse + c);
    auto sum = hn::Zero(d);
    auto projection = hn::Zero(d);
    for (int64_t r = 0; r < rows; ++r) {
      const auto g = hn::Load(d, dy + r * kPanel + c);
      const auto normalised = hn::Mul(hn::Sub(hn::Load(d, z + r * kPanel + c), mean), inverse);
      sum = hn::Add(sum, g);
      projection = hn::MulAdd(g, normalised, projection);
    }
    hn::Store(sum, d, gradient.bias + c);
    hn::Store(projection, d, gradient.weight + c);
    const auto mean_gradient = hn::Div(sum, n);
    const auto mean_projection = hn::Div(projection, n);
    const auto scale =
        hn::Mul(hn::Mul(hn::Load(d, norm.weight + c), inverse), hn::Set(d, dropout_scale));
    auto linear_bias = hn::Zero(d);
    for (int64_t r = 0; r < rows; ++r) {
      const auto h = hn::Load(d, z + r * kPanel + c);
      const auto g = hn::Load(d, dy + r * kPanel + c);
      const auto normalised = hn::Mul(hn::Sub(h, mean), inverse);
      const auto centred = hn::NegMulAdd(normalised, mean_projection, hn::Sub(g, mean_gradient));
      const auto dz = hn::IfThenElseZero(hn::Gt(h, hn::Zero(d)), hn::Mul(scale, centred));
      linear_bias = hn::Add(linear_bias, dz);
      hn::Store(dz, d, dy + r * kPanel + c);
    }
    hn::Store(linear_bias, d, gradient.linear_bias + c);
  }
}

template <class T>
HWY_INLINE void Logits(const T* const* y, const T* const* w, int64_t panels, const T* bias,
                       int64_t outputs, int64_t begin, int64_t end, T* logits) {
  constexpr int kVectors = Block<T>::kVectors;
  constexpr int kLanes = Block<T>::kLanes;
  const typename Block<T>::D d;
  for (int64_t r = begin; r < end; ++r) {
    for (int64_t o = 0; o < outputs; ++o) {
      typename Block<T>::V sum[kVectors];
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(d);
      for (int64_t p = 0; p < panels; ++p) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          sum[v] = hn::MulAdd(hn::Load(d, y[p] + r * kPanel + v * kLanes),
                              hn::Load(d, w[p] + o * kPanel + v * kLanes), sum[v]);
        }
      }
      // Halves onto each other, 16 to 1: one tree for every vector width.
      HWY_ALIGN T lane[kPanel];
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) hn::Store(sum[v], d, lane + v * kLanes);
      for (int64_t half = kPanel / 2; half >= 1; half /= 2) {
        for (int64_t i = 0; i < half; ++i) lane[i] += lane[i + half];
      }
      logits[r * outputs + o] = bias[o] + lane[0];
    }
  }
}

#define PUENTE_KERNELS(T, SUFFIX)                                                          \
  void NormTrain##SUFFIX(const PanelNorm<T>& norm, int64_t rows, T* z, T* y,               \
                         PanelNormSaved<T>& saved) {                                       \
    NormTrain<T>(norm, rows, z, y, saved);                                                 \
  }                                                                                        \
  void NormEvaluate##SUFFIX(const PanelNorm<T>& norm, int64_t rows, T* z) {                \
    NormEvaluate<T>(norm, rows, z);                                                        \
  }                                                                                        \
  void NormBackward##SUFFIX(const PanelNorm<T>& norm, const PanelNormSaved<T>& saved,      \
                            int64_t rows, const T* z, T scale, T* dy,                      \
                            PanelNormGradient<T>& gradient) {                              \
    NormBackward<T>(norm, saved, rows, z, scale, dy, gradient);                            \
  }                                                                                        \
  void Logits##SUFFIX(const T* const* y, const T* const* w, int64_t panels, const T* bias, \
                      int64_t outputs, int64_t begin, int64_t end, T* logits) {            \
    Logits<T>(y, w, panels, bias, outputs, begin, end, logits);                            \
  }
PUENTE_KERNELS(float, F32)
PUENTE_KERNELS(double, F64)
#undef PUENTE_KERNELS

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

#define PUENTE_EXPORT(T, SUFFIX)                                                                   \
  HWY_EXPORT(NormTrain##SUFFIX);                                                                   \
  HWY_EXPORT(NormEvaluate##SUFFIX);                                                                \
  HWY_EXPORT(NormBackward##SUFFIX);                                                                \
  HWY_EXPORT(Logits##SUFFIX);                                                                      \
  template <>                                                                                      \
  void panel_norm_train(const PanelNorm<T>& norm, int64_t rows, T* z, T* y,                        \
                        PanelNormSaved<T>& saved) {                                                \
    HWY_DYNAMIC_DISPATCH(NormTrain##SUFFIX)(norm, rows, z, y, saved);                              \
  }                                                                                                \
  template <>                                                                                      \
  void panel_norm_evaluate(const PanelNorm<T>& norm, int64_t rows, T* z) {                         \
    HWY_DYNAMIC_DISPATCH(NormEvaluate##SUFFIX)(norm, rows, z);                                     \
  }                                                                                                \
  template <>                                                                                      \
  void panel_norm_backward(const PanelNorm<T>& norm, const PanelNormSaved<T>& saved, int64_t rows, \
                           const T* z, T scale, T* dy, PanelNormGradient<T>& gradient) {           \
    HWY_DYNAMIC_DISPATCH(NormBackward##SUFFIX)(norm, saved, rows, z, scale, dy, gradient);         \
  }                                                                                                \
  template <>                                                                                      \
  void panel_logits(const T* const* y, const T* const* w, int64_t panels, const T* bias,           \
                    int64_t outputs, int64_t begin, int64_t end, T* logits) {                      \
    HWY_DYNAMIC_DISPATCH(Logits##SUFFIX)(y, w, panels, bias, outputs, begin, end, logits);         \
  }
PUENTE_EXPORT(float, F32)
PUENTE_EXPORT(double, F64)
#undef PUENTE_EXPORT

}  // namespace puente
#endif  // HWY_ONCE
