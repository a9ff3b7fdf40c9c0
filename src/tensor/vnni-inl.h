// The instructions that multiply small whole numbers and add them up at once (VNNI). Highway's sets
// of this version do not tell whether a CPU has them, and compilers use them in functions for such
// CPUs only, so they are written out. Included once per instruction set, inside Highway's
// foreach_target loop.

// The guard changes sides with every pass of that loop.
#if defined(PUENTE_TENSOR_VNNI_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUENTE_TENSOR_VNNI_INL_H_
#undef PUENTE_TENSOR_VNNI_INL_H_
#else
#define PUENTE_TENSOR_VNNI_INL_H_
#endif

#include <hwy/highway.h>

#include "tensor/extras.h"

/// What a CPU of this instruction set may have besides, and how it spells its instructions;
/// undefined where that is nothing.
#undef PUENTE_VNNI
#undef PUENTE_VNNI_PREFIX
#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX3
#define PUENTE_VNNI "avx512vnni"
#define PUENTE_VNNI_PREFIX ""
#elif HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
#define PUENTE_VNNI "avxvnni"
#define PUENTE_VNNI_PREFIX "%{vex%} "
#endif

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

inline bool has_vnni() {
#ifdef PUENTE_VNNI
  static const bool kHas = __builtin_cpu_supports(PUENTE_VNNI);
  return kHas && allows(Extras::vnni);
#else
  return false;
#endif
}

#ifdef PUENTE_VNNI
/// To each sum in 32 bits, the products of four unsigned bytes with four signed ones.
template <class V>
HWY_INLINE void add_quads(V& sum, V bytes, V weights) {
  __asm__(PUENTE_VNNI_PREFIX "vpdpbusd %2, %1, %0"
          : "+v"(sum.raw)
          : "v"(bytes.raw), "vm"(weights.raw));
}

/// To each sum in 32 bits, the products of two 16-bit numbers with two others.
template <class V, class Halves>
HWY_INLINE void add_pairs(V& sum, Halves pair, Halves weights) {
  __asm__(PUENTE_VNNI_PREFIX "vpdpwssd %2, %1, %0"
          : "+v"(sum.raw)
          : "v"(pair.raw), "vm"(weights.raw));
}
#endif

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PUENTE_TENSOR_VNNI_INL_H_
