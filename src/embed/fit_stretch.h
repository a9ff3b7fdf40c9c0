// A stretch over a set of pictures: what is black and what white in each band is found in all of
// them together, before the first is shown.
#pragma once

#include <filesystem>
#include <span>

#include "puente/progress.h"

#include "image/image_reading.h"

namespace puente {

/// `reading`, with the limits of its bands found in `files` if it has a StretchOf::set without any.
/// Reads every file twice, by `threads` threads; the result is the same for any number of them.
/// UserError as read_band_samples.
ImageReading with_fitted_stretch(ImageReading reading, std::span<const std::filesystem::path> files,
                                 int threads, Progress& progress);

}  // namespace puente
