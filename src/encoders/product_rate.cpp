#include "encoders/product_rate.h"

#include <algorithm>
#include <vector>

#include "base/resources.h"
#include "base/threads.h"
#include "tensor/linear.h"

namespace puente {

double product_rate(Packing packing, int threads) {
  constexpr int64_t kSize = 1024, kRounds = 12;
  constexpr double kEnough = 0.3;  // seconds
  const PackedLinear linear(kSize, kSize, packing);
  const Matrix x(kMostRows, kSize);
  struct Worker {
    Operand operand;
    Matrix y{kMostRows, kSize};
  };
  std::vector<Worker> workers(static_cast<size_t>(threads));
  double best = 0;
  const Stopwatch whole;
  do {
    const Stopwatch watch;
    parallel_for(kRounds * threads, threads, [&](int64_t, int worker) {
      Worker& w = workers[static_cast<size_t>(worker)];
      linear.forward(x, Activation::none, w.y.view(), w.operand);
    });
    const double flop = 2.0 * static_cast<double>(kRounds * threads * kMostRows * kSize * kSize);
    best = std::max(best, flop / watch.seconds());
  } while (whole.seconds() < kEnough);
  return best;
}

}  // namespace puente
