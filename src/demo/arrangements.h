// Made-up rows whose label needs the pixels of a picture and the order of a text's words: a red
// circle and a blue square stand side by side, and a sentence says which is left of which. The
// label is both: what stands left in the picture, and what is left by the text. Either half alone
// is right half of the time at best; the colours of a picture are the same whatever stands left,
// and so are the words of a sentence: a bag of either says nothing.
#pragma once

#include <cstdint>
#include <filesystem>

namespace puente {

struct ArrangementOptions {
  int64_t rows = 1000;
  int size = 64;  // pixels on a side
  uint64_t seed = 1;
};

/// Writes FOLDER/metadata.csv (image, text, label) and FOLDER/images/*.png. The four labels,
/// PICTURE-TEXT such as circle-square, come in turn.
void write_arrangements(const std::filesystem::path& folder, const ArrangementOptions& options);

}  // namespace puente
