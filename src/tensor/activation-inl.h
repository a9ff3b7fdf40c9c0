// Activations on vectors. Included once per instruction set, inside Highway's foreach_target loop.

// The guard changes sides with every pass of that loop.
#if defined(PUENTE_TENSOR_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUENTE_TENSOR_ACTIVATION_INL_H_
#undef PUENTE_TENSOR_ACTIVATION_INL_H_
#else
#define PUENTE_TENSOR_ACTIVATION_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// x / (1 + exp(-1.702 x)). The exponent is capped below overflow, where the quotient is 0 anyway.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V quick_gelu(D d, V x) {
  const V e = hn::Exp(d, hn::Min(hn::Mul(x, hn::Set(d, -1.702f)), hn::Set(d, 88.0f)));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0f), e));
}

/// x * (1 + erf(x / sqrt 2)) / 2, with erfc(z) = (a1 t + ... + a5 t^5) exp(-z^2) for z >= 0, t = 1
/// / (1 + p z): Abramowitz and Stegun 7.1.26, error at most 1.5e-7. For negative x erfc is used as
/// it stands, so nothing cancels.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  // From 13 on exp(-z^2) is 0 in floats.
  const V z = hn::Min(hn::Mul(hn::Abs(x), hn::Set(d, 0.70710678f)), hn::Set(d, 13.0f));
  const V t = hn::Div(one, hn::MulAdd(z, hn::Set(d, 0.3275911f), one));
  V poly = hn::Set(d, 1.061405429f);
  poly = hn::MulAdd(poly, t, hn::Set(d, -1.453152027f));
  poly = hn::MulAdd(poly, t, hn::Set(d, 1.421413741f));
  poly = hn::MulAdd(poly, t, hn::Set(d, -0.284496736f));
  poly = hn::MulAdd(poly, t, hn::Set(d, 0.254829592f));
  const V half_erfc =
      hn::Mul(hn::Mul(hn::Mul(poly, t), hn::Set(d, 0.5f)), hn::Exp(d, hn::Neg(hn::Mul(z, z))));
  const V phi = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), half_erfc, hn::Sub(one, half_erfc));
  return hn::Mul(x, phi);
}

}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PUENTE_TENSOR_ACTIVATION_INL_H_
