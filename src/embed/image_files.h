// The pictures of a manifest: found, checked, and recognised where two are the same.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "puente/progress.h"

#include "data/manifest.h"
#include "embed/embed.h"

namespace puente {

struct BadImage {
  int64_t row;
  std::string problem;  // one line: file, what is wrong
};

struct ImageFiles {
  std::vector<std::filesystem::path> files;  // different pictures, in order of first use
  std::vector<std::vector<int32_t>> of_row;  // indices into files; none for a bad row
  std::vector<BadImage> bad;                 // by row
};

/// The columns that "left,right" means: one of just that name, else those between the commas.
/// UserError where one is not there; `asked_by` names what asked for it.
std::vector<const Column*> image_columns(const Manifest& manifest, const std::string& names,
                                         std::string_view asked_by = "--image-column");

/// Looks for each value of the image columns in the folder (see ImageFinder), and checks that the
/// files hold whole pictures, with what images.reading asks of them. Of several columns a row may
/// leave some empty, but not all. Bytes are read once, by `threads` threads. UserError where no
/// picture of any row is there.
ImageFiles find_images(const Manifest& manifest, const ImageInput& images, int threads,
                       Progress& progress);

}  // namespace puente
