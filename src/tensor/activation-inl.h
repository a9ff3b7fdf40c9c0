// Activations on vectors. Included once per instruction set, inside Highway's foreach_target loop.

// The guard changes sides with every pass of that loop.
#if defined(PUENTE_TENSOR_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUENTE_TENSOR_ACTIVATION_INL_H_
#undef PUENTE_TENSOR_ACTIVATION_INL_H_
#else
#define PUENTE_TENSOR_ACTIVATION_INL_H_
#endif

#include <hwy/highway.h>

#include "tensor/activation.h"
#include "tensor/exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// x / (1 + exp(-factor x)): SiLU with factor 1, CLIP's quick GELU with 1.702. The exponent is
/// capped below overflow, where the quotient is 0 anyway.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V swish(D d, V x, float factor) {
  const V e = exp_of(d, hn::Min(hn::Mul(x, hn::Set(d, -factor)), hn::Set(d, 88.0f)));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0f), e));
}

/// Phi(x) = (1 + erf(x / sqrt 2)) / 2, with erfc(z) = (a1 t + ... + a5 t^5) exp(-z^2) for z >= 0,
/// t = 1 / (1 + p z): Abramowitz and Stegun 7.1.26, error at most 1.5e-7. For negative x erfc is
/// used as it stands, so nothing cancels. `bell` becomes exp(-x^2 / 2).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V normal_cdf(D d, V x, V& bell) {
  const V one = hn::Set(d, 1.0f);
  // From 13 on exp(-z^2) is 0 in floats.
  const V z = hn::Min(hn::Mul(hn::Abs(x), hn::Set(d, 0.70710678f)), hn::Set(d, 13.0f));
  const V t = hn::Div(one, hn::MulAdd(z, hn::Set(d, 0.3275911f), one));
  V poly = hn::Set(d, 1.061405429f / 2);
  poly = hn::MulAdd(poly, t, hn::Set(d, -1.453152027f / 2));
  poly = hn::MulAdd(poly, t, hn::Set(d, 1.421413741f / 2));
  poly = hn::MulAdd(poly, t, hn::Set(d, -0.284496736f / 2));
  poly = hn::MulAdd(poly, t, hn::Set(d, 0.254829592f / 2));
  bell = exp_of(d, hn::Neg(hn::Mul(z, z)));
  const V half_erfc = hn::Mul(hn::Mul(poly, t), bell);
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), half_erfc, hn::Sub(one, half_erfc));
}

/// x * (1 + erf(x / sqrt 2)) / 2
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu(D d, V x) {
  V bell;
  return hn::Mul(x, normal_cdf(d, x, bell));
}

/// 1 - 2 / (exp(2 x) + 1). The exponent is held below overflow, where tanh is 1 anyway. Close to 0
/// the difference cancels: the error is then absolute, below 1e-7.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh_by_exp(D d, V x) {
  const V e = exp_of(d, hn::Min(hn::Add(x, x), hn::Set(d, 80.0f)));
  const V one = hn::Set(d, 1.0f);
  return hn::Sub(one, hn::Div(hn::Set(d, 2.0f), hn::Add(e, one)));
}

/// x * (1 + tanh(u)) / 2 = x / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_tanh(D d, V x) {
  const V square = hn::Mul(x, x);
  const V inner = hn::Mul(x, hn::MulAdd(square, hn::Set(d, 0.044715f), hn::Set(d, 1.0f)));
  const V exponent = hn::Mul(inner, hn::Set(d, -1.5957691216f));
  const V e = exp_of(d, hn::Min(exponent, hn::Set(d, 88.0f)));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0f), e));
}

template <class D, class Function>
HWY_INLINE void apply(D d, float* y, int64_t count, Function&& function) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t j = 0; j < count; j += lanes) hn::StoreU(function(hn::LoadU(d, y + j)), d, y + j);
}

/// count is a multiple of 16.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void activate(D d, Activation activation, float* y, int64_t count) {
  switch (activation) {
    case Activation::none:
      return;
    case Activation::relu:
      return apply(d, y, count, [d](V x) HWY_ATTR { return hn::Max(x, hn::Zero(d)); });
    case Activation::tanh:
      return apply(d, y, count, [d](V x) HWY_ATTR { return tanh_by_exp(d, x); });
    case Activation::silu:
      return apply(d, y, count, [d](V x) HWY_ATTR { return swish(d, x, 1.0f); });
    case Activation::quick_gelu:
      return apply(d, y, count, [d](V x) HWY_ATTR { return swish(d, x, 1.702f); });
    case Activation::gelu:
      return apply(d, y, count, [d](V x) HWY_ATTR { return gelu(d, x); });
    case Activation::gelu_tanh:
      return apply(d, y, count, [d](V x) HWY_ATTR { return gelu_tanh(d, x); });
  }
}

}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PUENTE_TENSOR_ACTIVATION_INL_H_
