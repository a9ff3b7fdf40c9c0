// Lingerer: closes sockets whose callers may still be sending. Closed at once, the system would
// answer what they send with a reset, and the answer that was already on its way could be lost.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace puente::serve {

class Lingerer {
 public:
  Lingerer();
  /// Closes all of them.
  ~Lingerer();
  Lingerer(const Lingerer&) = delete;
  Lingerer& operator=(const Lingerer&) = delete;

  /// Nothing more is sent; what comes is dropped, until the caller closes or has had its time.
  void close(int socket);

 private:
  using Clock = std::chrono::steady_clock;
  struct Closing {
    int socket;
    Clock::time_point until;
  };
  void work();

  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<Closing> new_;
  size_t open_ = 0;  // also those that the thread has
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace puente::serve
