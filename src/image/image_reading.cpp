#include "image/image_reading.h"

#include "base/error.h"
#include "image/image_reading_json.h"

namespace puente {

void check_image_reading(const ImageReading& reading) {
  if (reading.frame && *reading.frame < 1) fail("frame {}: frames count from 1", *reading.frame);
  const std::vector<int>& bands = reading.bands;
  if (!bands.empty() && bands.size() != 1 && bands.size() != 3) {
    fail("{} bands are given; give one (gray) or three (red, green, blue), such as 4,3,2",
         bands.size());
  }
  for (const int band : bands) {
    if (band < 1) fail("band {}: bands count from 1", band);
  }
  const Stretch& stretch = reading.stretch;
  if (!(stretch.low >= 0 && stretch.low < stretch.high && stretch.high <= 100)) {
    fail("stretch {},{}: give two percentiles, the lower first, such as 2,98", stretch.low,
         stretch.high);
  }
}

}  // namespace puente
