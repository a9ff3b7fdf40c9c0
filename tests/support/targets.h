// Runs a test body once per instruction set that this CPU has, as a user's older machine would.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <vector>

#include "tensor/extras.h"

namespace puente::test {

/// What this CPU has beside an instruction set, all of it first.
inline std::vector<Extras> extras_of(int64_t target) {
  std::vector<Extras> extras{Extras::none};
  if ((target == HWY_AVX3 && __builtin_cpu_supports("avx512vnni")) ||
      (target == HWY_AVX2 && __builtin_cpu_supports("avxvnni"))) {
    extras.insert(extras.begin(), Extras::vnni);
  }
  if (target == HWY_AVX3 && __builtin_cpu_supports("amx-int8")) {
    extras.insert(extras.begin(), Extras::amx);
  }
  return extras;
}

inline void on_every_target(const std::function<void()>& body) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    for (const Extras extras : extras_of(target)) {
      SCOPED_TRACE(testing::Message() << "extras " << static_cast<int>(extras));
      allowed_extras = extras;
      body();
    }
    allowed_extras = Extras::amx;
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
  }
}

/// The best target that has fused multiply-add and no more: AVX2. 0 where this CPU lacks it.
inline int64_t avx2_target() { return hwy::SupportedTargets() & HWY_AVX2; }

}  // namespace puente::test
