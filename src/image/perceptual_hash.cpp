#include "image/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "base/error.h"
#include "image/resize.h"

namespace puente {
namespace {

constexpr double kZero = 1e-6;

/// Pillow's convert("L"), written into all three channels.
Image gray_of(const Image& image) {
  Image gray{image.width, image.height, std::vector<uint8_t>(image.rgb.size())};
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    const uint32_t light =
        image.rgb[i] * 19595u + image.rgb[i + 1] * 38470u + image.rgb[i + 2] * 7471u + 0x8000u;
    std::fill_n(gray.rgb.begin() + static_cast<std::ptrdiff_t>(i), 3,
                static_cast<uint8_t>(light >> 16));
  }
  return gray;
}

/// [S, 4 S]: cos(pi k (2 n + 1) / 8 S)
template <size_t S>
std::array<std::array<double, 4 * S>, S> cosines() {
  std::array<std::array<double, 4 * S>, S> rows{};
  for (size_t k = 0; k < S; ++k) {
    for (size_t n = 0; n < 4 * S; ++n) {
      rows[k][n] = std::cos(std::numbers::pi * static_cast<double>(k * (2 * n + 1)) /
                            static_cast<double>(8 * S));
    }
  }
  return rows;
}

template <size_t S>
std::array<uint64_t, S * S / 64> hash_of(const Image& gray) {
  static const auto basis = cosines<S>();
  const Image small =
      resize(gray, static_cast<int>(4 * S), static_cast<int>(4 * S), Filter::lanczos);
  std::array<std::array<double, 4 * S>, S> columns{};  // the DCT down each column
  for (size_t k = 0; k < S; ++k) {
    for (size_t y = 0; y < 4 * S; ++y) {
      for (size_t x = 0; x < 4 * S; ++x) {
        columns[k][x] += basis[k][y] * small.rgb[3 * (y * 4 * S + x)];
      }
    }
  }
  std::array<double, S * S> low{};
  for (size_t k = 0; k < S; ++k) {
    for (size_t j = 0; j < S; ++j) {
      double& coefficient = low[k * S + j];
      for (size_t x = 0; x < 4 * S; ++x) coefficient += basis[j][x] * columns[k][x];
      if (std::abs(coefficient) < kZero) coefficient = 0;
    }
  }
  std::array<double, S* S> sorted = low;
  std::sort(sorted.begin(), sorted.end());
  const double median = (sorted[S * S / 2 - 1] + sorted[S * S / 2]) / 2;
  std::array<uint64_t, S * S / 64> hash{};
  for (size_t i = 0; i < S * S; ++i) {
    hash[i / 64] = hash[i / 64] << 1 | (low[i] > median ? 1u : 0u);
  }
  return hash;
}

}  // namespace

PerceptualHash perceptual_hash(const Image& image) {
  PUENTE_ASSERT(image.width > 0 && image.height > 0);
  const Image gray = gray_of(image);
  return {hash_of<8>(gray)[0], hash_of<24>(gray)};
}

}  // namespace puente
