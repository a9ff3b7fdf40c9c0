// What the kernels have to tell compilers about registers, and bytes made 16-bit numbers. Included
// once per instruction set, inside Highway's foreach_target loop.

// The guard changes sides with every pass of that loop.
#if defined(PUENTE_TENSOR_REGISTERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUENTE_TENSOR_REGISTERS_INL_H_
#undef PUENTE_TENSOR_REGISTERS_INL_H_
#else
#define PUENTE_TENSOR_REGISTERS_INL_H_
#endif

#include <cstdint>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

/// Sums are made one after another: compilers would rather make all products first, more than there
/// are registers for.
template <class V>
HWY_INLINE void keep_order([[maybe_unused]] V& sum) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  __asm__("" : "+v"(sum.raw));
#endif
}

/// A pointer that moves: compilers would rather compute every row's address anew.
template <class T>
HWY_INLINE void keep_pointer(const T* HWY_RESTRICT& p) {
  __asm__ volatile("" : "+r"(p));
}

#if HWY_TARGET != HWY_SCALAR
/// Four bytes of each of some columns as 16-bit numbers: the even ones (k, k + 2) to `even`, the
/// odd ones (k + 1, k + 3) to `odd`. All three are aligned.
template <class Integers>
HWY_INLINE void widen_four(Integers di, const int8_t* bytes, int16_t* even, int16_t* odd) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Repartition<int16_t, Integers> dh;
  const auto four = hn::BitCast(dh, hn::Load(di, reinterpret_cast<const int32_t*>(bytes)));
  hn::Store(hn::ShiftRight<8>(hn::ShiftLeft<8>(four)), dh, even);
  hn::Store(hn::ShiftRight<8>(four), dh, odd);
}
#endif

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PUENTE_TENSOR_REGISTERS_INL_H_
