// DICOM's grayscale pipeline (PS3.4 N.2): from a stored value to what a display shows of it, in 8
// bits. decode.h says which transformations, in which order.
#pragma once

#include <cstdint>
#include <vector>

#include "image/dicom_data.h"

namespace puente::image_detail {

/// How one sample is stored.
struct DicomSamples {
  int bits_allocated = 8;  // 8 or 16
  int bits_stored = 8;
  int high_bit = 7;
  bool is_signed = false;

  /// The stored bits of an allocated word: an index below 2^bits_stored.
  uint32_t bits(uint32_t word) const {
    return word >> (high_bit + 1 - bits_stored) & ((1u << bits_stored) - 1);
  }
  int32_t value(uint32_t bits) const {
    const bool negative = is_signed && bits >> (bits_stored - 1) != 0;
    return static_cast<int32_t>(bits) - (negative ? int32_t{1} << bits_stored : 0);
  }
};

/// Where the transformations of one frame are: its functional groups', else the data set's own.
struct DicomGrayModules {
  DicomItem modality;
  DicomItem voi;
  const DicomItem* data = nullptr;  // the data set itself
};

/// The gray of each stored value, [2^bits_stored]. `occurs` says which values the frame has, for
/// the full range where there is no window. Throws BadPicture for a damaged LUT.
std::vector<uint8_t> dicom_gray_table(const DicomSamples& samples, const DicomGrayModules& modules,
                                      bool white_is_least, const std::vector<bool>& occurs);

}  // namespace puente::image_detail
