#include "serve/connection_threads.h"

#include <system_error>
#include <utility>

namespace puente::serve {
namespace {

thread_local bool refusing = false;

}  // namespace

bool ConnectionThreads::is_refusing() { return refusing; }

void ConnectionThreads::enqueue(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (idle_ > static_cast<int64_t>(tasks_.size())) {
      tasks_.push_back(std::move(task));
      added_.notify_one();
      return;
    }
    if (std::ssize(threads_) < most_) {
      try {
        threads_.emplace_back([this, task] { work(task); });
        return;
      } catch (const std::system_error&) {
        // No more threads to be had.
      }
    }
  }
  refusing = true;
  task();
  refusing = false;
}

void ConnectionThreads::work(std::function<void()> task) {
  for (;;) {
    task();
    std::unique_lock lock(mutex_);
    ++idle_;
    added_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) return;
    task = std::move(tasks_.front());
    tasks_.pop_front();
  }
}

void ConnectionThreads::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  added_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace puente::serve
