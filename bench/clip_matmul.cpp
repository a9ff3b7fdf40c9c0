// Our own matrix product against oneDNN's, on one thread, at the shapes of CLIP: why tensor/ has a
// kernel of its own, and whether it still earns it. Results are compared before they are timed.
//
//   bench_clip_matmul            the best kernels this CPU has
//   bench_clip_matmul avx2       both held to AVX2
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <hwy/targets.h>
#include <vector>

#include "puente/matrix.h"

#include "base/rng.h"
#include "onednn_matmul.h"
#include "tensor/linear.h"

namespace puente::bench {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Matrix random_matrix(int64_t rows, int64_t cols, uint64_t seed) {
  Rng rng(seed);
  Matrix m(rows, cols);
  for (int64_t i = 0; i < m.size(); ++i) m.data()[i] = static_cast<float>(rng.uniform(-1, 1));
  return m;
}

void compare(const char* what, int64_t m, int64_t k, int64_t n) {
  const Matrix x = random_matrix(m, k, 1), w = random_matrix(n, k, 2);
  Matrix own_y(m, n), library_y(m, n);
  PackedLinear own(k, n);
  own.set_weight(0, w);
  MultiplyScratch scratch;
  OneDnnMatmul library(m, k, n, x.data(), w.data(), library_y.data());
  const double flop = 2.0 * static_cast<double>(m * k * n);
  std::vector<double> own_seconds, library_seconds;
  const int rounds = std::max(9, static_cast<int>(2e10 / flop));
  for (int round = 0; round < rounds; ++round) {
    const double start = now();
    own.forward(x, Activation::none, own_y.view(), scratch);
    const double middle = now();
    library.run();
    own_seconds.push_back(middle - start);
    library_seconds.push_back(now() - middle);
  }
  float largest = 0;
  for (int64_t i = 0; i < own_y.size(); ++i) {
    largest = std::max(largest, std::abs(own_y.data()[i] - library_y.data()[i]));
  }
  if (!(largest < 1e-3f)) {
    std::fprintf(stderr, "%s: results differ by %g\n", what, static_cast<double>(largest));
    std::exit(1);
  }
  const double own_rate = flop / median(own_seconds) * 1e-9;
  const double library_rate = flop / median(library_seconds) * 1e-9;
  std::printf("%-22s %5lld x %5lld x %5lld  own %6.1f  oneDNN %6.1f GFLOP/s  ratio %.2f\n", what,
              static_cast<long long>(m), static_cast<long long>(k), static_cast<long long>(n),
              own_rate, library_rate, own_rate / library_rate);
}

}  // namespace
}  // namespace puente::bench

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "avx2") == 0) {
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);  // read at oneDNN's first use
    hwy::DisableTargets(HWY_AVX3);
  }
  using puente::bench::compare;
  compare("B/32 8 images qkv", 400, 768, 2304);
  compare("B/32 8 images out", 400, 768, 768);
  compare("B/32 8 images fc1", 400, 768, 3072);
  compare("B/32 8 images fc2", 400, 3072, 768);
  compare("B/32 1 image fc1", 50, 768, 3072);
  compare("B/16 2 images fc1", 394, 768, 3072);
  compare("L/14 1 image fc1", 257, 1024, 4096);
  compare("text 30 tokens fc1", 30, 512, 2048);
  compare("text 450 tokens fc1", 450, 512, 2048);
  return 0;
}
