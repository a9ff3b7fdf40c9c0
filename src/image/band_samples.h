// The numbers in some bands of a TIFF, before anything is done to them: what a stretch over a set
// of pictures is fitted on.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace puente {

struct BandSamples {
  int width = 0;  // as stored, before the orientation is applied
  int height = 0;
  int orientation = 1;
  /// Each asked band [height, width]; NaN where there is no data (GDAL's nodata, NaN, infinities).
  std::vector<std::vector<float>> bands;
};

/// `bands` count from 1. UserError, with `name` in it, as decode_image; no band is all NaN.
BandSamples read_band_samples(std::span<const std::byte> bytes, const std::string& name,
                              const std::vector<int>& bands);

}  // namespace puente
