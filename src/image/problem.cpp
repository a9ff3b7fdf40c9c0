#include "image/codec.h"
#include "image/decode.h"

namespace puente {
namespace image_detail {
namespace {

bool is_whole(Bytes bytes, const ImageReading& reading) {
  const Kind kind = kind_of(bytes);
  check_kind(kind, reading);
  switch (kind) {
    case Kind::jpeg:
      return jpeg_is_whole(bytes);
    case Kind::png:
      return png_is_whole(bytes);
    case Kind::webp:
      return webp_is_whole(bytes);
    case Kind::tiff:
      if (reading.bands.empty()) return tiff_is_whole(bytes);
      check_tiff_bands(bytes, reading);
      return true;
    case Kind::dicom:
      return dicom_is_whole(bytes, reading.frame.value_or(1));
    case Kind::unknown:
      return false;
  }
  return false;
}

}  // namespace
}  // namespace image_detail

std::optional<std::string> image_problem(std::span<const std::byte> bytes,
                                         const ImageReading& reading) {
  try {
    if (!image_detail::is_whole(bytes, reading)) image_detail::decode_any(bytes, reading);
  } catch (const image_detail::BadPicture& problem) {
    return problem.what();
  }
  return std::nullopt;
}

}  // namespace puente
