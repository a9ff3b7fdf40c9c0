// What the panel kernels share. Included once per CPU target by Highway, hence its own kind of
// guard.
#if defined(PUENTE_NN_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUENTE_NN_PANELS_INL_H_
#undef PUENTE_NN_PANELS_INL_H_
#else
#define PUENTE_NN_PANELS_INL_H_
#endif

#include <hwy/highway.h>

#include "nn/adamw.h"
#include "nn/panels.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The sums that one loop keeps in registers: kRows rows (of x in the forward, of the gradient in
// the update) times kPairs panels. 32 vector registers hold 16 of them with room to spare, 16
// hold 12.
template <class T>
struct Block {
  using D = hn::CappedTag<T, kPanel>;
  using V = hn::Vec<D>;
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  static constexpr int kVectors = static_cast<int>(kPanel) / kLanes;  // in a row of a panel
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  static constexpr int kPairs = kVectors == 1 ? 2 : 1;
  static constexpr int kRows = 8;
#else
  static constexpr int kPairs = 1;
  static constexpr int kRows = kVectors >= 12 ? 1 : 12 / kVectors;
#endif
};

// An AdamW step of one vector, in two halves. First the moments; returns what m is divided by.
template <class T>
HWY_INLINE typename Block<T>::V Moments(const AdamWStep<T>& step, typename Block<T>::V g,
                                        T* HWY_RESTRICT m_at, T* HWY_RESTRICT v_at) {
  const typename Block<T>::D d;
  const auto m = hn::MulAdd(hn::Set(d, step.beta1), hn::Load(d, m_at),
                            hn::Mul(hn::Set(d, step.one_minus_beta1), g));
  const auto v = hn::MulAdd(hn::Set(d, step.beta2), hn::Load(d, v_at),
                            hn::Mul(hn::Mul(hn::Set(d, step.one_minus_beta2), g), g));
  hn::Store(m, d, m_at);
  hn::Store(v, d, v_at);
  return hn::MulAdd(hn::Sqrt(v), hn::Set(d, step.variance_scale), hn::Set(d, step.epsilon));
}

// Then the weights.
template <class T>
HWY_INLINE void Weights(const AdamWStep<T>& step, typename Block<T>::V m, typename Block<T>::V root,
                        T* HWY_RESTRICT w_at) {
  const typename Block<T>::D d;
  const auto w = hn::Mul(hn::Load(d, w_at), hn::Set(d, step.keep));
  hn::Store(hn::NegMulAdd(hn::Set(d, step.size), hn::Div(m, root), w), d, w_at);
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
