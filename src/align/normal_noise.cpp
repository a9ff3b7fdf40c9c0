#include "align/normal_noise.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/rng.h"

namespace puente {
namespace {

// The ziggurat of Marsaglia and Tsang (2000, Journal of Statistical Software 5:8): the area under
// exp(-x^2/2) for x >= 0, cut into 128 layers of one area, the lowest with the tail beyond kTail. A
// point drawn in a layer lies mostly where the layer is surely below the curve, and needs no
// exponential.
constexpr int kLayers = 128;
constexpr double kTail = 3.442619855899;
constexpr double kArea = 9.91256303526217e-3;

struct Layers {
  std::array<double, kLayers + 1> x;  // right edges, descending; x[0] the lowest's, stretched
  std::array<double, kLayers + 1> f;  // exp(-x^2/2)

  Layers() {
    const auto density = [](double t) { return std::exp(-0.5 * t * t); };
    x[0] = kArea / density(kTail);
    x[1] = kTail;
    for (int i = 2; i < kLayers; ++i) {
      x[i] = std::sqrt(-2 * std::log(kArea / x[i - 1] + density(x[i - 1])));
    }
    x[kLayers] = 0;
    for (int i = 0; i <= kLayers; ++i) f[i] = density(x[i]);
  }
};

/// Beyond kTail (Marsaglia 1964).
double draw_tail(Rng& rng) {
  for (;;) {
    const double x = -std::log(1 - rng.uniform()) / kTail;
    const double y = -std::log(1 - rng.uniform());
    if (y + y > x * x) return kTail + x;
  }
}

/// From 32 random bits: 7 for the layer, one for the sign, 24 for the place; from the generator
/// where they do not decide, as they do in 98.8 % of the cases.
double draw_normal(const Layers& layers, uint32_t bits, Rng& rng) {
  for (;; bits = static_cast<uint32_t>(rng.next())) {
    const size_t layer = bits % kLayers;
    const double sign = (bits & kLayers) != 0 ? -1 : 1;
    const double x = static_cast<double>(bits >> 8) * 0x1.0p-24 * layers.x[layer];
    if (x < layers.x[layer + 1]) return sign * x;
    if (layer == 0) return sign * draw_tail(rng);
    const double y = layers.f[layer] + rng.uniform() * (layers.f[layer + 1] - layers.f[layer]);
    if (y < std::exp(-0.5 * x * x)) return sign * x;
  }
}

void fill(Rng& rng, std::span<uint32_t> bits) {
  Rng own = rng;
  for (size_t i = 0; i + 1 < bits.size(); i += 2) {
    const uint64_t both = own.next();
    bits[i] = static_cast<uint32_t>(both);
    bits[i + 1] = static_cast<uint32_t>(both >> 32);
  }
  rng = own;
}

uint64_t mixed(uint64_t a, uint64_t b) {
  uint64_t z = a + 0x9e3779b97f4a7c15u * (b + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

void add_normal_noise(const NoiseKey& key, uint64_t stream, double sd, std::span<double> out) {
  static const Layers layers;
  Rng rng(mixed(mixed(mixed(key.seed, key.step), key.row), stream));
  // Many bits at a time, while the generator's state is in registers.
  std::array<uint32_t, 256> bits;
  for (size_t begin = 0; begin < out.size(); begin += bits.size()) {
    const std::span<double> part = out.subspan(begin, std::min(bits.size(), out.size() - begin));
    fill(rng, bits);
    for (size_t j = 0; j < part.size(); ++j) part[j] += sd * draw_normal(layers, bits[j], rng);
  }
}

void add_noise(const AlignStep& step, const NoiseKey& key, uint64_t stream,
               BasicMatrix<double>& rows) {
  if (!is_noise(step.kind)) return;
  const double sd = step.kind == AlignKind::noise_paper
                        ? 1
                        : step.strength / std::sqrt(static_cast<double>(rows.cols()));
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const NoiseKey own{key.seed, key.step, key.row + static_cast<uint64_t>(i)};
    add_normal_noise(own, stream, sd, rows.row_span(i));
  }
}

}  // namespace puente
