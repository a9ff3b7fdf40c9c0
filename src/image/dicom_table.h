// A look-up table as DICOM files hold them: of a palette's colour (PS3.3 C.7.6.3.1.5), of the
// modality or the VOI (C.11.1.1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "image/dicom_data.h"

namespace puente::image_detail {

struct DicomTable {
  uint32_t first = 0;            // the number that values[0] is for: a word, which may have a sign
  int bits = 0;                  // of a value, as the file says
  std::vector<uint32_t> values;  // 1 to 65536
};

/// Nothing where one of the two is not there or not whole.
std::optional<DicomTable> read_dicom_table(const DicomElement* descriptor,
                                           const DicomElement* data);

}  // namespace puente::image_detail
