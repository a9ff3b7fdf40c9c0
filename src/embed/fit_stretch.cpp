#include "embed/fit_stretch.h"

#include <vector>

#include "base/interrupt.h"
#include "base/mapped_file.h"
#include "base/threads.h"
#include "image/band_samples.h"
#include "image/stretch.h"

namespace puente {

ImageReading with_fitted_stretch(ImageReading reading, std::span<const std::filesystem::path> files,
                                 int threads, Progress& progress) {
  Stretch& stretch = reading.stretch;
  if (reading.bands.empty() || stretch.of == StretchOf::image || !stretch.limits.empty()) {
    return reading;
  }
  const auto count = static_cast<int64_t>(files.size());
  SetPercentiles all(reading.bands.size(), stretch);
  progress.begin("measuring bands", "images", 2 * count);
  for (const bool second : {false, true}) {
    if (second) all.start_second_pass();
    std::vector<SetPercentiles> parts(static_cast<size_t>(threads), all.fresh());
    parallel_for(count, threads, [&](int64_t i, int worker) {
      check_interrupt();
      const MappedFile file(files[static_cast<size_t>(i)]);
      const BandSamples samples =
          read_band_samples(file.bytes(), file.path().string(), reading.bands);
      for (size_t band = 0; band < samples.bands.size(); ++band) {
        parts[static_cast<size_t>(worker)].add(band, samples.bands[band]);
      }
      progress.advance(1);
    });
    for (const SetPercentiles& part : parts) all.merge(part);
  }
  progress.end();
  stretch.limits = all.limits();
  return reading;
}

}  // namespace puente
