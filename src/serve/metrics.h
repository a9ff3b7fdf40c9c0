// Counts for Prometheus: how many requests, how they ended, how long they took. Nothing of what was
// asked.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace puente::serve {

class Metrics {
 public:
  /// `route` is one of the server's own paths, never what a caller wrote.
  void saw_reply(const std::string& route, int status, double seconds);
  void saw_batch(int64_t records);

  /// Text of version 0.0.4 of Prometheus' format.
  std::string text() const;

  std::atomic<int64_t> waiting{0};      // records in the queue
  std::atomic<int64_t> under_way{0};    // requests that are read, computed or wait
  std::atomic<int64_t> connections{0};  // open ones
  std::atomic<int64_t> refused{0};      // connections that were too many

 private:
  static constexpr std::array<double, 12> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                     0.5,   1,    2.5,   5,    10,  30};
  struct Seconds {
    std::array<int64_t, kBounds.size()> up_to{};  // not yet summed up
    int64_t count = 0;
    double sum = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, int64_t> replies_;
  std::map<std::string, Seconds> seconds_;
  int64_t batches_ = 0;
  int64_t records_ = 0;
};

}  // namespace puente::serve
