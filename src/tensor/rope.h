// Rope: rotary position embedding (Su et al. 2021) as LLaMA has it. Inside a head of size D,
// numbers i and i + D / 2 are a point in the plane, turned by position / theta^(2 i / D): the
// layout of Hugging Face's weights. (GGUF files have the two numbers side by side; who reads one
// reorders the rows of its weights.)
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

namespace puente {

/// LLaMA 3.1's stretching of slow rotations (Hugging Face's "rope_type": "llama3").
struct RopeStretch {
  double factor = 1;
  double low_frequency_factor = 1;
  double high_frequency_factor = 4;
  double original_context = 8192;  // positions
};

/// Angle of each pair for one position further, [D / 2]: theta^(-2 i / D).
std::vector<double> rope_frequencies(int64_t head_size, double theta);
/// Those of Hugging Face's modeling_rope_utils.
void stretch(std::vector<double>& frequencies, const RopeStretch& stretch);

class Rope {
 public:
  Rope() = default;
  /// For positions 0 .. positions - 1.
  Rope(std::span<const double> frequencies, int64_t positions);

  int64_t positions() const { return cosines_.rows(); }
  /// Turns every head of `row` [H * D] as for `position`, and multiplies it by `scale`.
  void turn(std::span<float> row, int64_t position, float scale) const;

 private:
  Matrix cosines_, sines_;  // [positions, D / 2]
};

}  // namespace puente
