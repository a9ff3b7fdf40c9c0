// Bytes of a picture file to 8-bit RGB: JPEG, PNG, WebP, TIFF, DICOM, told apart by their first
// bytes, never by their names. Of several frames or pages, the first, if ImageReading says nothing.
//
// JPEG, PNG, WebP and TIFF as Pillow's convert("RGB") gives them.
// As Pillow: alpha is dropped, not blended; the high byte of 16-bit colour is kept; CMYK in a JPEG
// is taken as inverted (Adobe's habit); damage inside the compressed data of a JPEG that its
// decoder can step over is stepped over; a file that ends too early is an error. Unlike Pillow,
// deliberately:
// - 16-bit gray is scaled to 8 bits, round(v / 257). Pillow clips it at 255, so that a 16-bit X-ray
//   comes out white.
// - A PNG without its end chunk, or with a wrong checksum in its picture data, is an error.
// - A 16-bit or larger white-is-zero TIFF is inverted as its tag says.
// - TIFFs of more than 4 bands, of floating-point, signed, 12-bit or 32-bit samples, and Lab are
//   refused with a message that says what they hold. With ImageReading::bands, those of any number
//   of bands of 8, 16 or 32 bits, signed or not, and of floating-point are read: the chosen bands,
//   each stretched between two percentiles; nodata (GDAL's tag 42113, NaN, infinities) counts for
//   nothing there and becomes black.
//
// A DICOM as a display would show it (DICOM PS3.4 N.2): the modality's LUT or rescale (PS3.3
// C.11.1), then the VOI LUT, else the first window by its function (C.11.2.1.2 and .3), else the
// full range of the frame; MONOCHROME1 is white at its least value; pixel padding is black and not
// part of the range (C.7.5.1.1.2). Palettes as C.7.6.3.1.5, YBR_FULL and YBR_FULL_422 to RGB as
// C.7.6.3.1.2, the high byte of wider colour samples. Functional groups of a frame (C.7.6.16) come
// before what holds for all. Overlays and shutters are not drawn. Nothing but what describes the
// pixels (group 0028 and functional groups) is looked at, so that nobody's name can get out: see
// dicom_data.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "image/image.h"
#include "image/image_reading.h"

namespace puente {

/// Larger pictures are refused before memory is taken for them. Where Pillow, too, sees an attack.
inline constexpr int64_t kMaxPixels = 178'956'970;

/// While it lives, this thread refuses pictures of more than `pixels` (and of more than
/// kMaxPixels): for pictures that a stranger sends.
class PixelLimit {
 public:
  explicit PixelLimit(int64_t pixels);
  ~PixelLimit();
  PixelLimit(const PixelLimit&) = delete;
  PixelLimit& operator=(const PixelLimit&) = delete;

 private:
  int64_t before_;
};

/// `name` stands in error messages. Exif::rotate applies the EXIF orientation; a TIFF's own
/// orientation tag is always applied. UserError if the bytes are not a whole picture of a known
/// kind, or have more than kMaxPixels.
Image decode_image(std::span<const std::byte> bytes, const std::string& name,
                   Exif exif = Exif::rotate, const ImageReading& reading = {});

/// What is wrong with a picture file, in words for a person, without decoding it where its
/// structure already shows that it is whole; nothing if it can be decoded. A cut file is always
/// found, and a file that decodes is never complained about. Not found are wrong bits inside a
/// complete PNG (with a matching checksum), WebP, TIFF (unless it is read by bands) or DICOM;
/// decode_image finds those.
std::optional<std::string> image_problem(std::span<const std::byte> bytes,
                                         const ImageReading& reading = {});

}  // namespace puente
