#include "tensor/rope.h"

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace puente {

std::vector<double> rope_frequencies(int64_t head_size, double theta) {
  PUENTE_ASSERT(head_size > 0 && head_size % 2 == 0 && theta > 0);
  std::vector<double> frequencies;
  for (int64_t i = 0; i < head_size / 2; ++i) {
    frequencies.push_back(
        std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_size)));
  }
  return frequencies;
}

void stretch(std::vector<double>& frequencies, const RopeStretch& s) {
  const double longest = s.original_context / s.low_frequency_factor;
  const double shortest = s.original_context / s.high_frequency_factor;
  for (double& frequency : frequencies) {
    const double wavelength = 2 * std::numbers::pi / frequency;
    if (wavelength < shortest) continue;
    if (wavelength > longest) {
      frequency /= s.factor;
      continue;
    }
    const double smooth = (s.original_context / wavelength - s.low_frequency_factor) /
                          (s.high_frequency_factor - s.low_frequency_factor);
    frequency = (1 - smooth) * frequency / s.factor + smooth * frequency;
  }
}

Rope::Rope(std::span<const double> frequencies, int64_t positions)
    : cosines_(positions, static_cast<int64_t>(frequencies.size())),
      sines_(positions, static_cast<int64_t>(frequencies.size())) {
  for (int64_t p = 0; p < positions; ++p) {
    for (size_t i = 0; i < frequencies.size(); ++i) {
      const double angle = static_cast<double>(p) * frequencies[i];
      cosines_.row(p)[i] = static_cast<float>(std::cos(angle));
      sines_.row(p)[i] = static_cast<float>(std::sin(angle));
    }
  }
}

void Rope::turn(std::span<float> row, int64_t position, float scale) const {
  const int64_t half = cosines_.cols();
  PUENTE_ASSERT(position >= 0 && position < positions());
  PUENTE_ASSERT(static_cast<int64_t>(row.size()) % (2 * half) == 0);
  const float* cosine = cosines_.row(position);
  const float* sine = sines_.row(position);
  for (float* head = row.data(); head != row.data() + row.size(); head += 2 * half) {
    for (int64_t i = 0; i < half; ++i) {
      const float a = head[i], b = head[i + half];
      head[i] = scale * (a * cosine[i] - b * sine[i]);
      head[i + half] = scale * (b * cosine[i] + a * sine[i]);
    }
  }
}

}  // namespace puente
