// Made-up patients for `puente demo`: pictures that look a little like skin lesions, and a row of
// clinical data each. The picture carries one half of the label and the text the other, so that
// neither alone is enough. Nothing here is medicine.
#pragma once

#include <cstdint>
#include <filesystem>

namespace puente {

struct LesionOptions {
  int64_t patients = 300;  // one to three pictures each
  int size = 64;           // pixels on a side
  uint64_t seed = 1;
};

/// Writes FOLDER/metadata.csv (image, patient, age, sex, site, diagnosis) and FOLDER/images/*.png.
/// Returns the number of rows.
int64_t write_lesions(const std::filesystem::path& folder, const LesionOptions& options);

}  // namespace puente
