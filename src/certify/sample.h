// The inputs that a certificate is made from: some rows of a manifest, their different pictures and
// texts. Rows are drawn by lot (always the same ones), because manifests are often sorted by class.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "data/manifest.h"
#include "embed/embed.h"
#include "embed/texts.h"
#include "image/load.h"

namespace puente {

struct SampleRequest {
  Manifest manifest;
  std::optional<ImageInput> images;
  std::optional<TextInput> texts;
  int64_t rows = 1000;  // at most so many
};

struct Sample {
  Manifest manifest;                          // the drawn rows, in the file's order
  int64_t rows_there = 0;                     // in the whole manifest
  std::vector<std::filesystem::path> images;  // different ones, by content
  /// Indices into images: of several columns a row has several, and its vector is their mean; none
  /// where one cannot be read. Empty without images.
  std::vector<std::vector<int32_t>> images_of_row;
  LoadOptions load;
  Texts texts;  // empty without texts
  Truncate truncate = Truncate::end;
};

/// A picture that cannot be read is named through Progress::problem and left out. UserError where
/// fewer than two different pictures, or texts, are left to compare.
Sample draw_sample(const SampleRequest& request, int threads, Progress& progress);

/// Pixels of the different pictures first .. first + count, one after another. UserError for one
/// that turns out to be broken inside.
void load_sample_pixels(const Sample& sample, const PixelRecipe& recipe, int64_t first,
                        int64_t count, int threads, std::vector<float>& pixels);

}  // namespace puente
