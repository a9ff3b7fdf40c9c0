// One frame of packed DICOM pixels to plain ones (PS3.5 A.4): JPEG (baseline, extended, lossless)
// and JPEG-LS by DCMTK's decoders, RLE by our own. Debian's DCMTK has none for JPEG 2000.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "image/dicom_gray.h"

namespace puente::image_detail {

struct DicomPackedFrame {
  std::string transfer_syntax;  // its UID
  int64_t width = 0;
  int64_t height = 0;
  int samples_per_pixel = 1;
  DicomSamples samples;
  std::string photometric;      // PS3.3 C.7.6.3.1.2
  std::vector<uint8_t> packed;  // all fragments of the frame
};

struct DicomPlainFrame {
  std::vector<uint8_t> bytes;  // samples of a pixel side by side, in this machine's byte order
  std::string photometric;     // of the result
};

/// Throws BadPicture where the transfer syntax is not one of those, naming it, or the data are
/// damaged or of another size than the frame says.
DicomPlainFrame unpack_dicom_frame(const DicomPackedFrame& frame);

/// Throws BadPicture as unpack_dicom_frame would for this transfer syntax.
void check_dicom_packing(const std::string& transfer_syntax);

}  // namespace puente::image_detail
