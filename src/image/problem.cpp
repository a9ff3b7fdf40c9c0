#include "image/codec.h"
#include "image/decode.h"

namespace puente {
namespace image_detail {
namespace {

bool is_whole(Bytes bytes) {
  switch (kind_of(bytes)) {
    case Kind::jpeg:
      return jpeg_is_whole(bytes);
    case Kind::png:
      return png_is_whole(bytes);
    case Kind::webp:
      return webp_is_whole(bytes);
    case Kind::tiff:
      return tiff_is_whole(bytes);
    case Kind::unknown:
      return false;
  }
  return false;
}

}  // namespace
}  // namespace image_detail

std::optional<std::string> image_problem(std::span<const std::byte> bytes) {
  try {
    if (!image_detail::is_whole(bytes)) image_detail::decode_any(bytes);
  } catch (const image_detail::BadPicture& problem) {
    return problem.what();
  }
  return std::nullopt;
}

}  // namespace puente
