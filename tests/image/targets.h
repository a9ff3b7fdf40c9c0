// Every instruction set that the kernels were compiled for.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace puente::test {

/// Runs `body` with each instruction set that was compiled and that this machine has, and with the
/// one that every machine has.
template <class Body>
void for_each_target(Body&& body) {
  int targets = 0;
  int64_t left = (hwy::SupportedTargets() & HWY_TARGETS) | HWY_STATIC_TARGET;
  for (; left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    body();
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    ++targets;
  }
  EXPECT_GE(targets, 2);
}

}  // namespace puente::test
