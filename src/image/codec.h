// What decode.cpp and problem.cpp need of the five formats. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "image/image.h"
#include "image/image_reading.h"

namespace puente::image_detail {

using Bytes = std::span<const std::byte>;

enum class Kind { unknown, jpeg, png, webp, tiff, dicom };
Kind kind_of(Bytes bytes);
/// Throws BadPicture where files of that kind do not have what `reading` asks for.
void check_kind(Kind kind, const ImageReading& reading);

/// A picture that cannot be decoded, in words that can follow the file's name and a colon.
class BadPicture : public std::runtime_error {
 public:
  explicit BadPicture(const std::string& message) : std::runtime_error(message) {}
};

template <class... Args>
[[noreturn]] void bad_picture(fmt::format_string<Args...> message, Args&&... args) {
  throw BadPicture(fmt::format(message, std::forward<Args>(args)...));
}

/// Throws if there are no pixels, or more than kMaxPixels or this thread's PixelLimit.
void check_size(int64_t width, int64_t height);
/// Of this thread; returns what it was.
int64_t set_most_pixels(int64_t pixels);

struct Decoded {
  Image image;
  int orientation = 1;  // EXIF's 1 to 8, not yet applied to the image
};

/// Each throws BadPicture.
Decoded decode_jpeg(Bytes bytes);
Decoded decode_png(Bytes bytes);
Decoded decode_webp(Bytes bytes);
Decoded decode_tiff(Bytes bytes);
Decoded decode_tiff_bands(Bytes bytes, const ImageReading& reading);
Decoded decode_dicom(Bytes bytes, int frame);
Decoded decode_any(Bytes bytes, const ImageReading& reading);

/// True only if the file's structure shows that it is whole and of a kind that can be decoded.
/// False leaves the verdict to decoding. May also throw BadPicture.
bool jpeg_is_whole(Bytes bytes);
bool png_is_whole(Bytes bytes);
bool webp_is_whole(Bytes bytes);
bool tiff_is_whole(Bytes bytes);
bool dicom_is_whole(Bytes bytes, int frame);
/// The bands hold samples and every one can be read, or it throws.
void check_tiff_bands(Bytes bytes, const ImageReading& reading);

}  // namespace puente::image_detail
