// Vectors of golden files and how alike two are, for the tests of encoders.
#pragma once

#include <cmath>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <span>

#include "puente/matrix.h"

#include "formats/npy.h"

namespace puente::test {

/// A matrix from an .npy file.
inline Matrix read_npy(const std::filesystem::path& path) {
  const NpyFile file(path);
  Matrix m(file.shape()[0], file.shape()[1]);
  to_float(file.tensor(), {m.data(), static_cast<size_t>(m.size())});
  return m;
}

inline double dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

inline double cosine(std::span<const float> a, std::span<const float> b) {
  return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
}

inline bool same_bits(const float* a, const float* b, int64_t size) {
  return std::memcmp(a, b, static_cast<size_t>(size) * sizeof(float)) == 0;
}

}  // namespace puente::test
