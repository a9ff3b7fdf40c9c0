// What this process has used: wall clock and peak memory, for the reports.
#pragma once

#include <chrono>
#include <cstdint>

namespace puente {

/// The largest resident set so far, mapped file pages included, in bytes.
int64_t peak_memory_bytes();

/// What this process may still take without swapping: what the system has to spare, and within
/// a control group's limit. Pages of files that can be dropped count as spare.
int64_t available_memory_bytes();

/// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace puente
