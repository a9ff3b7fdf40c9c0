#include "base/threads.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <sched.h>

namespace puente {

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

void parallel_for(int64_t items, int threads, const std::function<void(int64_t, int)>& body) {
  const int workers = static_cast<int>(std::min<int64_t>(threads, items));
  if (workers <= 1) {
    for (int64_t item = 0; item < items; ++item) body(item, 0);
    return;
  }
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr first_error;
  const auto work = [&](int worker) {
    try {
      for (;;) {
        const int64_t item = next.fetch_add(1, std::memory_order_relaxed);
        if (item >= items) return;
        body(item, worker);
      }
    } catch (...) {
      next.store(items, std::memory_order_relaxed);
      const std::lock_guard lock(mutex);
      if (!first_error) first_error = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (int worker = 1; worker < workers; ++worker) others.emplace_back(work, worker);
    work(0);
  }
  if (first_error) std::rethrow_exception(first_error);
}

void SpinBarrier::arrive() {
  if (members_ == 1) return;
  const uint32_t phase = phase_.load(std::memory_order_acquire);
  if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == members_) {
    waiting_.store(0, std::memory_order_relaxed);
    phase_.store(phase + 1, std::memory_order_release);
    return;
  }
  // Spin for about a microsecond, then give the core away between looks: where other programs run
  // too, the members often share a core, and every further spin would be taken from the one that is
  // waited for.
  for (int spins = 0; phase_.load(std::memory_order_acquire) == phase; ++spins) {
    if (spins > 100) {
      std::this_thread::yield();
    } else {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
  }
}

void run_team(int members, const std::function<void(int, SpinBarrier&)>& body) {
  SpinBarrier barrier(members);
  std::vector<std::jthread> others;
  for (int member = 1; member < members; ++member) {
    others.emplace_back([&body, &barrier, member] { body(member, barrier); });
  }
  body(0, barrier);
}

}  // namespace puente
