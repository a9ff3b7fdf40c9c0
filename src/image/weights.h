// One axis of a resize: which input pixels an output pixel is made of, and with what weights.
#pragma once

#include <cstdint>
#include <vector>

#include "image/resize.h"

namespace puente::image_detail {

/// Weights are whole numbers over 2^22; a sum of products with 8-bit pixels fits in 32 bits.
inline constexpr int kWeightBits = 22;

struct Window {
  int64_t start = 0;
  int64_t count = 0;
};

class Axis {
 public:
  /// `filter` is not nearest.
  Axis(int64_t input, int64_t output, Filter filter)
      : Axis(input, 0, static_cast<double>(input), output, filter) {}
  /// Of the inputs, [begin, end) becomes the output; 0 <= begin < end <= input.
  Axis(int64_t input, double begin, double end, int64_t output, Filter filter);

  /// True if every output pixel is the input pixel of that number.
  bool is_identity() const { return is_identity_; }

  /// The input pixels under output pixel `i`, all inside the input.
  Window window(int64_t i) const;
  /// Fills `weights` with window(i).count weights.
  void weights(int64_t i, std::vector<int32_t>& weights);
  /// No window is wider.
  int64_t widest() const;

 private:
  int64_t input_;
  bool is_identity_;
  double begin_;
  double scale_;    // input pixels per output pixel
  double stretch_;  // of the filter: max(scale, 1)
  double support_;  // half of the window, in input pixels
  double (*kernel_)(double);
  std::vector<double> exact_;
};

/// The input pixel that `nearest` takes for each output pixel of [first, first + count).
std::vector<int64_t> nearest_pixels(int64_t input, int64_t output, int64_t first, int64_t count);

}  // namespace puente::image_detail
