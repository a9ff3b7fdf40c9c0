// FlushDenormals: while it lives, this thread's floating point takes numbers too small for full
// precision (under 1e-38 in float) as zero. The moments of a unit that has died decay into that
// range, where most CPUs need a hundred cycles per operation. No effect on other CPUs than x86.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace puente {

class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }  // FTZ and DAZ
  ~FlushDenormals() { _mm_setcsr(before_); }
#else
  FlushDenormals() {}
  ~FlushDenormals() {}
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  unsigned before_;
#endif
};

}  // namespace puente
