// Bytes of a picture file to 8-bit RGB, as Pillow's convert("RGB") gives it: JPEG, PNG, WebP, TIFF,
// told apart by their first bytes, never by their names.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "image/image.h"

namespace puente {

/// `name` stands in error messages. UserError if the bytes are not a whole picture of a known kind.
Image decode_image(std::span<const std::byte> bytes, const std::string& name,
                   Exif exif = Exif::rotate);

/// What is wrong with a picture file, in words for a person, without decoding it where its
/// structure already shows that it is whole; nothing if it can be decoded.
std::optional<std::string> image_problem(std::span<const std::byte> bytes);

}  // namespace puente
