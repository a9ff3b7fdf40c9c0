// ConnectionThreads: a thread for each open connection, made when it is needed and used again, up
// to a limit. More connections are turned away at once instead of waiting where nobody sees them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <httplib.h>
#include <mutex>
#include <thread>
#include <vector>

namespace puente::serve {

class ConnectionThreads : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(int64_t most) : most_(most) {}

  /// On a thread of its own; or, where there are too many, at once on the caller's, with
  /// is_refusing().
  void enqueue(std::function<void()> task) override;
  /// Waits for all.
  void shutdown() override;

  /// Is the caller to turn its connection away?
  static bool is_refusing();

 private:
  void work(std::function<void()> task);

  const int64_t most_;
  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::function<void()>> tasks_;
  int64_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace puente::serve
