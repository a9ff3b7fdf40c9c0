#include "nn/gelu_rows.h"

#include <algorithm>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/gelu_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include "tensor/activation-inl.h"
#include "tensor/exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using GeluTag = hn::CappedTag<float, 16>;
using GeluVec = hn::Vec<GeluTag>;
constexpr int64_t kGeluLanes = static_cast<int64_t>(hn::MaxLanes(GeluTag()));

/// Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)
HWY_INLINE GeluVec erf_slope(GeluVec x) {
  const GeluTag d;
  GeluVec bell;
  const GeluVec cdf = normal_cdf(d, x, bell);
  return hn::MulAdd(hn::Mul(x, bell), hn::Set(d, 0.3989422804f), cdf);
}

/// s + x s (1 - s) 2 u', s = 1 / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3)
HWY_INLINE GeluVec tanh_slope(GeluVec x) {
  const GeluTag d;
  const GeluVec one = hn::Set(d, 1.0f), square = hn::Mul(x, x);
  const GeluVec inner = hn::Mul(x, hn::MulAdd(square, hn::Set(d, 0.044715f), one));
  const GeluVec exponent = hn::Mul(inner, hn::Set(d, -1.5957691216f));
  const GeluVec s = hn::Div(one, hn::Add(one, exp_of(d, hn::Min(exponent, hn::Set(d, 88.0f)))));
  const GeluVec du =
      hn::Mul(hn::MulAdd(square, hn::Set(d, 3 * 0.044715f), one), hn::Set(d, 1.5957691216f));
  return hn::MulAdd(hn::Mul(hn::Mul(x, s), hn::Sub(one, s)), du, s);
}

/// y = f(x, y) for every number; the last few of a row by way of buffers.
template <class Function>
HWY_INLINE void each_number(MatrixView<const float> x, MatrixView<float> y, Function&& f) {
  const GeluTag d;
  const int64_t whole = x.cols / kGeluLanes * kGeluLanes;
  for (int64_t r = 0; r < x.rows; ++r) {
    const float* from = x.row(r);
    float* to = y.row(r);
    for (int64_t c = 0; c < whole; c += kGeluLanes) {
      hn::StoreU(f(hn::LoadU(d, from + c), hn::LoadU(d, to + c)), d, to + c);
    }
    if (whole == x.cols) continue;
    alignas(64) float a[kGeluLanes] = {}, b[kGeluLanes] = {};
    std::copy(from + whole, from + x.cols, a);
    std::copy(to + whole, to + x.cols, b);
    hn::Store(f(hn::Load(d, a), hn::Load(d, b)), d, b);
    std::copy_n(b, x.cols - whole, to + whole);
  }
}

void gelu_forward(GeluKind kind, MatrixView<const float> x, MatrixView<float> y) {
  const GeluTag d;
  if (kind == GeluKind::erf) {
    each_number(x, y, [d](GeluVec v, GeluVec) HWY_ATTR { return gelu(d, v); });
  } else {
    each_number(x, y, [d](GeluVec v, GeluVec) HWY_ATTR { return gelu_tanh(d, v); });
  }
}

void gelu_backward(GeluKind kind, MatrixView<const float> x, MatrixView<float> dy) {
  if (kind == GeluKind::erf) {
    each_number(x, dy, [](GeluVec v, GeluVec g) HWY_ATTR { return hn::Mul(g, erf_slope(v)); });
  } else {
    each_number(x, dy, [](GeluVec v, GeluVec g) HWY_ATTR { return hn::Mul(g, tanh_slope(v)); });
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(gelu_forward);
HWY_EXPORT(gelu_backward);

void gelu_rows(GeluKind kind, MatrixView<const float> x, MatrixView<float> y) {
  PUENTE_ASSERT(x.rows == y.rows && x.cols == y.cols);
  HWY_DYNAMIC_DISPATCH(gelu_forward)(kind, x, y);
}

void gelu_rows_backward(GeluKind kind, MatrixView<const float> x, MatrixView<float> d) {
  PUENTE_ASSERT(x.rows == d.rows && x.cols == d.cols);
  HWY_DYNAMIC_DISPATCH(gelu_backward)(kind, x, d);
}

}  // namespace puente
#endif
