// One frame of packed DICOM pixels to plain ones (PS3.5 A.4): JPEG (baseline, extended, lossless)
// and JPEG-LS by DCMTK's decoders, RLE by our own. Debian's DCMTK has none for JPEG 2000.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/dicom_gray.h"

namespace puente::image_detail {

/// What the file says of a frame.
struct DicomPackedFrame {
  std::string transfer_syntax;  // its UID
  int64_t width = 0;
  int64_t height = 0;
  int samples_per_pixel = 1;
  DicomSamples samples;
  std::string photometric;  // PS3.3 C.7.6.3.1.2
};

struct DicomPlainFrame {
  std::vector<uint8_t> bytes;  // samples of a pixel side by side, in this machine's byte order
  std::string photometric;     // of the result
  DicomSamples samples;        // of the result: those that the JPEG has, whatever the file says
};

/// A JPEG says itself how many bits its samples have, and what it says counts: of fewer than the
/// file says, the numbers are the same. Throws BadPicture where the transfer syntax is not one of
/// those, naming it; where the data are damaged or of another size than the frame says; where the
/// bits of the two leave open which is the sign.
/// `packed`: all fragments of the frame.
DicomPlainFrame unpack_dicom_frame(const DicomPackedFrame& frame, std::span<const uint8_t> packed);

/// Throws BadPicture as unpack_dicom_frame would for what its first fragment says of size and bits,
/// if it says that.
void check_dicom_frame(const DicomPackedFrame& frame, Bytes first_fragment);

/// Throws BadPicture as unpack_dicom_frame would for this transfer syntax.
void check_dicom_packing(const std::string& transfer_syntax);

}  // namespace puente::image_detail
