#include "base/threads.h"

#include <gtest/gtest.h>
#include <numeric>
#include <stdexcept>

namespace puente {
namespace {

TEST(ParallelFor, VisitsEveryItemOnce) {
  for (int threads : {1, 2, 3, 8}) {
    std::vector<int> visits(1000);
    parallel_for(1000, threads, [&](int64_t item, int worker) {
      EXPECT_LT(worker, threads);
      ++visits[static_cast<size_t>(item)];
    });
    EXPECT_EQ(visits, std::vector<int>(1000, 1));
  }
}

TEST(ParallelFor, RethrowsTheFirstError) {
  EXPECT_THROW(parallel_for(100, 4,
                            [](int64_t item, int) {
                              if (item == 50) throw std::runtime_error("fifty");
                            }),
               std::runtime_error);
}

TEST(Team, MembersSeeEachOthersWritesAfterTheBarrier) {
  for (int members : {1, 2, 4}) {
    std::vector<int64_t> mine(static_cast<size_t>(members));
    std::vector<int64_t> totals(static_cast<size_t>(members));
    run_team(members, [&](int member, SpinBarrier& barrier) {
      for (int64_t step = 1; step <= 200; ++step) {
        mine[static_cast<size_t>(member)] = step;
        barrier.arrive();
        totals[static_cast<size_t>(member)] +=
            std::accumulate(mine.begin(), mine.end(), int64_t{0});
        barrier.arrive();
      }
    });
    for (int64_t total : totals) EXPECT_EQ(total, members * 200 * 201 / 2);
  }
}

}  // namespace
}  // namespace puente
