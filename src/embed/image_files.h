// The pictures of a manifest: found, checked, and recognised where two are the same.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "data/manifest.h"
#include "image/image_reading.h"

namespace puente {

struct BadImage {
  int64_t row;
  std::string problem;  // one line: file, what is wrong
};

struct ImageFiles {
  std::vector<std::filesystem::path> files;  // different pictures, in order of first use
  std::vector<int32_t> of_row;               // index into files; -1 for a bad picture
  std::vector<BadImage> bad;                 // by row
};

/// Looks for each value of `column` in `folder`, as it stands or with a picture's extension, and
/// checks that the file holds a whole picture, with what `reading` asks of it. Bytes are read once,
/// by `threads` threads.
ImageFiles find_images(const Manifest& manifest, const Column& column,
                       const std::filesystem::path& folder, const ImageReading& reading,
                       int threads, Progress& progress);

}  // namespace puente
