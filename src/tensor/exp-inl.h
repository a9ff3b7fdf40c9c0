// The exponential on vectors. Included once per instruction set, inside Highway's foreach_target
// loop.

// The guard changes sides with every pass of that loop.
#if defined(PUENTE_TENSOR_EXP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUENTE_TENSOR_EXP_INL_H_
#undef PUENTE_TENSOR_EXP_INL_H_
#else
#define PUENTE_TENSOR_EXP_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// exp(x) for x up to 88, with a relative error of 1.5e-7 at most; 0 below -88. Half the
/// instructions of Highway's, which gives numbers below 1e-38 too, with which CPUs are slow.
///
/// x = n ln 2 + r with whole n; the polynomial is exp(r)'s minimax of degree 6 for |r| <= ln 2 / 2
/// (Remez, tools/fit_exp.py). NaN becomes 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_of(D d, V x) {
  // Added to a number below 2^22, 1.5 * 2^23 leaves it rounded in the last bits; with 127 more
  // these are the exponent of 2^n.
  const V rounder = hn::Set(d, 12582912.0f + 127.0f);
  x = hn::Max(x, hn::Set(d, -88.0297f));  // n = -127, for which these bits mean 0
  const V moved = hn::MulAdd(x, hn::Set(d, 1.44269504f), rounder);
  const V power = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(hn::RebindToSigned<D>(), moved)));
  // ln 2 in two parts; n times the first is exact.
  const V n = hn::Sub(moved, rounder);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693145751953125f), x);
  r = hn::NegMulAdd(n, hn::Set(d, 1.42860677e-6f), r);
  V sum = hn::Set(d, 1.38368353e-3f);
  sum = hn::MulAdd(sum, r, hn::Set(d, 8.37482419e-3f));
  sum = hn::MulAdd(sum, r, hn::Set(d, 4.16682251e-2f));
  sum = hn::MulAdd(sum, r, hn::Set(d, 1.66664198e-1f));
  sum = hn::MulAdd(sum, r, hn::Set(d, 4.99999911e-1f));
  sum = hn::MulAdd(sum, r, hn::Set(d, 1.0f));
  sum = hn::MulAdd(sum, r, hn::Set(d, 1.0f));
  return hn::Mul(sum, power);
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PUENTE_TENSOR_EXP_INL_H_
