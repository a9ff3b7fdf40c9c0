// Our own matrix products against oneDNN's in fp32, on one thread, at the shapes of the encoders:
// why tensor/ has kernels of its own, and whether they still earn it. int8 (a scale per column) and
// blocks (a scale for every 32 numbers of a column, as in LLaMA's Q8_0 files) are timed with the
// quantising of their rows. Results are compared before their times are told.
//
//   bench_matmul            the best kernels this CPU has
//   bench_matmul avx2       both held to AVX2
#include <algorithm>
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
#include "timing.h"

namespace puente::bench {
namespace {

Matrix random_matrix(int64_t rows, int64_t cols, uint64_t seed) {
  Rng rng(seed);
  Matrix m(rows, cols);
  for (int64_t i = 0; i < m.size(); ++i) m.data()[i] = static_cast<float>(rng.uniform(-1, 1));
  return m;
}

PackedLinear packed(const Matrix& w, Packing packing) {
  PackedLinear linear(w.cols(), w.rows(), packing);
  linear.set_weight(0, w);
  return linear;
}

float largest_difference(const Matrix& a, const Matrix& b) {
  float largest = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
  }
  return largest;
}

void compare(const char* what, int64_t m, int64_t k, int64_t n) {
  const Matrix x = random_matrix(m, k, 1), w = random_matrix(n, k, 2);
  Matrix own_y(m, n), bytes_y(m, n), blocks_y(m, n), library_y(m, n);
  const PackedLinear own = packed(w, Packing::fp32), bytes = packed(w, Packing::int8);
  const PackedLinear blocks = packed(w, Packing::int8_blocks);
  Operand scratch;
  OneDnnMatmul library(m, k, n, x.data(), w.data(), library_y.data());
  const double flop = 2.0 * static_cast<double>(m * k * n);
  std::vector<double> own_seconds, bytes_seconds, blocks_seconds, library_seconds;
  const int rounds = std::max(9, static_cast<int>(1e10 / flop));
  for (int round = 0; round < rounds; ++round) {
    const double start = now();
    own.forward(x, Activation::none, own_y.view(), scratch);
    const double second = now();
    bytes.forward(x, Activation::none, bytes_y.view(), scratch);
    const double third = now();
    blocks.forward(x, Activation::none, blocks_y.view(), scratch);
    const double fourth = now();
    library.run();
    own_seconds.push_back(second - start);
    bytes_seconds.push_back(third - second);
    blocks_seconds.push_back(fourth - third);
    library_seconds.push_back(now() - fourth);
  }
  const float floats = largest_difference(own_y, library_y);
  const float steps = largest_difference(bytes_y, library_y);
  const float block_steps = largest_difference(blocks_y, library_y);
  const float most_steps = 0.02f * std::sqrt(static_cast<float>(k));
  if (!(floats < 1e-3f) || !(steps < most_steps) || !(block_steps < most_steps)) {
    std::fprintf(stderr, "%s: results differ by %g (fp32), %g (int8) and %g (blocks)\n", what,
                 static_cast<double>(floats), static_cast<double>(steps),
                 static_cast<double>(block_steps));
    std::exit(1);
  }
  const double rate = flop * 1e-9;
  const double library_rate = rate / median(library_seconds);
  const double bytes_rate = rate / median(bytes_seconds);
  const double blocks_rate = rate / median(blocks_seconds);
  std::printf(
      "%-19s %4lld x %5lld x %5lld  fp32 %6.1f  int8 %6.1f  blocks %6.1f  oneDNN fp32 %6.1f GOP/s  "
      "ratios %.2f %.2f %.2f, blocks to int8 %.2f\n",
      what, static_cast<long long>(m), static_cast<long long>(k), static_cast<long long>(n),
      rate / median(own_seconds), bytes_rate, blocks_rate, library_rate,
      rate / median(own_seconds) / library_rate, bytes_rate / library_rate,
      blocks_rate / library_rate, blocks_rate / bytes_rate);
}

}  // namespace
}  // namespace puente::bench

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "avx2") == 0) {
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);  // read at oneDNN's first use
    hwy::DisableTargets(HWY_AVX3 | HWY_AVX3_DL);
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
  compare("LLaMA 1B 112 up", 112, 2048, 5632);
  compare("LLaMA 1B 112 down", 112, 5632, 2048);
  compare("LLaMA 1B 32 up", 32, 2048, 5632);
  compare("LLaMA 7B 112 q", 112, 4096, 4096);
  compare("LLaMA 7B 112 up", 112, 4096, 11008);
  compare("LLaMA 7B 112 down", 112, 11008, 4096);
  compare("LLaMA 7B 32 up", 32, 4096, 11008);
  return 0;
}
