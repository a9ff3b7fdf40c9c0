// Seconds and medians, as the benchmarks share them.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace puente::bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Body>
double median_seconds(int rounds, Body&& body) {
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    const double start = now();
    body();
    seconds.push_back(now() - start);
  }
  return median(seconds);
}

}  // namespace puente::bench
