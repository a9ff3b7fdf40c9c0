// What a CPU may have beside Highway's instruction sets, which do not tell (of this version): VNNI,
// in 512 bits beside AVX-512 or in 256 beside AVX2, and AMX.
#pragma once

#include <atomic>

namespace puente {

enum class Extras { none, vnni, amx };

/// What kernels use at most, where the CPU has it. Only tests lower it.
inline std::atomic<Extras> allowed_extras = Extras::amx;

inline bool allows(Extras extras) {
  return allowed_extras.load(std::memory_order_relaxed) >= extras;
}

}  // namespace puente
