// Threads in two shapes. parallel_for: independent items, one worker per core, each item taken when
// a worker is free. Team: a fixed set of threads that walk through one job together and meet at a
// barrier many thousand times a second, which is why it spins.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace puente {

/// How many processors this process may use (its affinity, not the machine's total).
int available_cores();

/// Runs body(item, worker) for item in [0, items) on `threads` workers, worker in [0, threads).
/// The first exception stops the handing out of items and is rethrown. threads <= 1 runs inline.
void parallel_for(int64_t items, int threads, const std::function<void(int64_t, int)>& body);

/// Where the members of a Team meet. All writes before arrive() are seen by all members after it.
class SpinBarrier {
 public:
  explicit SpinBarrier(int members) : members_(members) {}
  void arrive();

 private:
  const int members_;
  std::atomic<int> waiting_{0};
  std::atomic<uint32_t> phase_{0};
};

/// Runs body(member, barrier) on `members` threads, the caller being member 0, and waits for all.
/// body must not throw.
void run_team(int members, const std::function<void(int, SpinBarrier&)>& body);

}  // namespace puente
