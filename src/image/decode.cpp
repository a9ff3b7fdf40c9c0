#include "image/decode.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "image/bytes.h"
#include "image/codec.h"
#include "image/exif.h"

namespace puente {
namespace image_detail {
namespace {

thread_local int64_t most_pixels = kMaxPixels;

/// What a file that is no picture of ours is, where that is easy to see.
[[noreturn]] void refuse_unknown(Bytes bytes) {
  if (bytes.empty()) bad_picture("the file is empty; copy it again");
  const char* known = has_text(bytes, 0, "GIF8")         ? "a GIF"
                      : has_text(bytes, 0, "BM")         ? "a BMP"
                      : has_text(bytes, 4, "ftypheic")   ? "a HEIC photo"
                      : has_text(bytes, 4, "ftypavif")   ? "an AVIF picture"
                      : has_text(bytes, 0, "\x1f\x8b")   ? "a gzip archive"
                      : has_text(bytes, 0, "PK\x03\x04") ? "a zip archive"
                                                         : nullptr;
  if (known) bad_picture("this is {}; save it as JPEG, PNG, WebP or TIFF", known);
  bad_picture("not a picture: its first bytes are not those of a JPEG, PNG, WebP, TIFF or DICOM");
}

/// Old archives hold DICOM data without the 128 bytes and "DICM" before it: they start with an
/// element of group 2 or 8.
bool starts_as_dicom(Bytes bytes) {
  if (bytes.size() < 8) return false;
  const uint32_t group = little16(bytes, 0), element = little16(bytes, 2);
  return (group == 2 && element <= 2) || (group == 8 && (element <= 8 || element == 0x16));
}

}  // namespace

Kind kind_of(Bytes bytes) {
  if (has_text(bytes, 0, "\xFF\xD8\xFF")) return Kind::jpeg;
  if (has_text(bytes, 0, "\x89PNG\r\n\x1a\n")) return Kind::png;
  if (has_text(bytes, 0, "RIFF") && has_text(bytes, 8, "WEBP")) return Kind::webp;
  if (has_text(bytes, 0, std::string_view("II*\0", 4)) ||
      has_text(bytes, 0, std::string_view("MM\0*", 4)) ||
      has_text(bytes, 0, std::string_view("II+\0", 4)) ||
      has_text(bytes, 0, std::string_view("MM\0+", 4))) {
    return Kind::tiff;
  }
  if (has_text(bytes, 128, "DICM") || starts_as_dicom(bytes)) return Kind::dicom;
  return Kind::unknown;
}

void check_kind(Kind kind, const ImageReading& reading) {
  if (kind == Kind::unknown) return;
  if (!reading.bands.empty() && kind != Kind::tiff) {
    bad_picture("bands are asked for, and only TIFFs are read by bands; this is no TIFF");
  }
  if (reading.frame.value_or(1) != 1 && kind != Kind::dicom) {
    bad_picture("frame {} is asked for, and only DICOM files are read by frames; this is none",
                *reading.frame);
  }
}

void check_size(int64_t width, int64_t height) {
  if (width <= 0 || height <= 0) bad_picture("the picture has no pixels ({} x {})", width, height);
  if (width > most_pixels / height) {
    const std::string most = most_pixels < 1'000'000
                                 ? fmt::format("{} pixels", most_pixels)
                                 : fmt::format("{} million pixels", most_pixels / 1'000'000);
    bad_picture("picture is {} x {} pixels; larger than {} in all is not read; make it smaller",
                width, height, most);
  }
}

int64_t set_most_pixels(int64_t pixels) {
  return std::exchange(most_pixels, std::min(pixels, kMaxPixels));
}

Decoded decode_any(Bytes bytes, const ImageReading& reading) {
  const Kind kind = kind_of(bytes);
  check_kind(kind, reading);
  switch (kind) {
    case Kind::jpeg:
      return decode_jpeg(bytes);
    case Kind::png:
      return decode_png(bytes);
    case Kind::webp:
      return decode_webp(bytes);
    case Kind::tiff:
      return reading.bands.empty() ? decode_tiff(bytes) : decode_tiff_bands(bytes, reading);
    case Kind::dicom:
      return decode_dicom(bytes, reading.frame.value_or(1));
    case Kind::unknown:
      break;
  }
  refuse_unknown(bytes);
}

}  // namespace image_detail

PixelLimit::PixelLimit(int64_t pixels) : before_(image_detail::set_most_pixels(pixels)) {}
PixelLimit::~PixelLimit() { image_detail::set_most_pixels(before_); }

Image decode_image(std::span<const std::byte> bytes, const std::string& name, Exif exif,
                   const ImageReading& reading) {
  try {
    image_detail::Decoded decoded = image_detail::decode_any(bytes, reading);
    if (exif == Exif::ignore) return std::move(decoded.image);
    return image_detail::upright(std::move(decoded.image), decoded.orientation);
  } catch (const image_detail::BadPicture& problem) {
    fail("{}: {}", name, problem.what());
  }
}

}  // namespace puente
