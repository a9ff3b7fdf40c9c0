// Runs a test body once per instruction set that this CPU has, as a user's older machine would.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace puente::test {

inline void on_every_target(const std::function<void()>& body) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    body();
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
  }
}

/// The best target that has fused multiply-add and no more: AVX2. 0 where this CPU lacks it.
inline int64_t avx2_target() { return hwy::SupportedTargets() & HWY_AVX2; }

}  // namespace puente::test
