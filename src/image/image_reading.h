// Which part of a picture file is the picture, where a file holds more than three colours: a frame
// of a DICOM, some bands of a TIFF.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace puente {

/// What becomes black and what white, in the band's own units. A sample v is shown as
/// round(255 (v - low) / (high - low)), clamped; where low == high, as 0 up to it and 255 above.
struct BandLimits {
  double low = 0;
  double high = 0;

  bool operator==(const BandLimits&) const = default;
};

/// Are percentiles those of each picture, or of all pictures together?
enum class StretchOf { image, set };

constexpr std::string_view name_of(StretchOf of) {
  return of == StretchOf::image ? "image" : "set";
}

/// From samples of any range to 8 bits, each band by itself: between two percentiles of its valid
/// samples, as numpy.percentile computes them (linear between ranks).
struct Stretch {
  double low = 2;  // percent
  double high = 98;
  StretchOf of = StretchOf::image;
  /// Under StretchOf::set, one for each of the bands, once they are known (fit_stretch of embed).
  std::vector<BandLimits> limits = {};
};

struct ImageReading {
  /// Of a DICOM, from 1; the first, if nothing. Another than 1 is refused for other files.
  std::optional<int> frame = {};
  /// Of a TIFF, from 1: one (gray) or three (red, green, blue). If none, a file must hold a picture
  /// of 1 to 4 bands as it is; other files than TIFFs are refused if there are some.
  std::vector<int> bands = {};
  Stretch stretch = {};  // of the bands
};

/// UserError for numbers that make no sense, in terms of frame, bands and stretch.
void check_image_reading(const ImageReading& reading);

}  // namespace puente
