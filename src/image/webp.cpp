// WebP through libwebp. The RIFF container is walked here, for the first frame of an animation, the
// orientation, and whether it is whole.
#include <algorithm>
#include <cstring>
#include <vector>
#include <webp/decode.h>

#include "image/bytes.h"
#include "image/codec.h"
#include "image/exif.h"

namespace puente::image_detail {
namespace {

constexpr const char* kWebpCutShort =
    "the WebP ends too early: the file is cut short; copy it again";
constexpr size_t kWebpHeader = 12;  // "RIFF", size, "WEBP"

struct WebpChunk {
  std::string_view type;
  Bytes data;
};

/// The container's chunks; throws if the file is shorter than it says.
Bytes chunks_of(Bytes bytes) {
  const uint64_t size = bytes.size() < kWebpHeader ? UINT64_MAX : uint64_t{little32(bytes, 4)} + 8;
  if (size > bytes.size()) bad_picture("{}", kWebpCutShort);
  if (size < kWebpHeader)
    bad_picture("the WebP is damaged: its container has no room for a picture");
  return bytes.subspan(kWebpHeader, size - kWebpHeader);
}

/// Reads the chunk at `at` and moves `at` behind it (and its padding byte); false at the end.
bool next_chunk(Bytes chunks, size_t& at, WebpChunk& chunk) {
  if (at >= chunks.size()) return false;
  if (chunks.size() - at < 8) bad_picture("{}", kWebpCutShort);
  const size_t length = little32(chunks, at + 4);
  if (length > chunks.size() - at - 8) bad_picture("{}", kWebpCutShort);
  chunk.type = {reinterpret_cast<const char*>(chunks.data()) + at, 4};
  chunk.data = chunks.subspan(at + 8, length);
  at += 8 + length + (length & 1);
  return true;
}

/// Where a frame lies on the canvas, and the bytes that libwebp decodes it from.
struct WebpFrame {
  Bytes data;
  int64_t x = 0;
  int64_t y = 0;
};

struct WebpLayout {
  int64_t width = 0;  // of the canvas
  int64_t height = 0;
  WebpFrame frame;
  WebPBitstreamFeatures features{};  // of the frame
  int orientation = 1;
};

WebpLayout read_layout(Bytes bytes) {
  const Bytes chunks = chunks_of(bytes);
  WebpLayout layout;
  layout.frame.data = bytes;
  size_t at = 0;
  WebpChunk chunk;
  bool seen_frame = false;
  while (next_chunk(chunks, at, chunk)) {
    if (chunk.type == "VP8X" && chunk.data.size() >= 10) {
      layout.width = little24(chunk.data, 4) + 1;
      layout.height = little24(chunk.data, 7) + 1;
    } else if (chunk.type == "ANMF" && !seen_frame) {
      if (chunk.data.size() < 16) bad_picture("the WebP is damaged: a frame has no header");
      layout.frame = {chunk.data.subspan(16), 2 * int64_t{little24(chunk.data, 0)},
                      2 * int64_t{little24(chunk.data, 3)}};
      seen_frame = true;
    } else if (chunk.type == "EXIF") {
      // Some writers keep JPEG's marker text in front.
      const bool marked = has_text(chunk.data, 0, std::string_view("Exif\0\0", 6));
      layout.orientation = exif_orientation(chunk.data.subspan(marked ? 6 : 0));
    }
  }
  const auto* data = reinterpret_cast<const uint8_t*>(layout.frame.data.data());
  if (WebPGetFeatures(data, layout.frame.data.size(), &layout.features) != VP8_STATUS_OK) {
    bad_picture("the WebP is damaged: its picture data has no valid header");
  }
  if (!seen_frame) {
    layout.width = layout.features.width;
    layout.height = layout.features.height;
  }
  check_size(layout.width, layout.height);
  check_size(layout.features.width, layout.features.height);
  if (layout.frame.x + layout.features.width > layout.width ||
      layout.frame.y + layout.features.height > layout.height) {
    bad_picture("the WebP is damaged: its first frame does not fit its canvas");
  }
  return layout;
}

}  // namespace

Decoded decode_webp(Bytes bytes) {
  const WebpLayout layout = read_layout(bytes);
  Decoded decoded;
  decoded.orientation = layout.orientation;
  Image& image = decoded.image;
  image.width = static_cast<int>(layout.width);
  image.height = static_cast<int>(layout.height);
  image.rgb.resize(3 * static_cast<size_t>(layout.width * layout.height));

  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) bad_picture("the installed libwebp is of another version");
  const int64_t stride = 3 * layout.width;
  const int64_t offset = layout.frame.y * stride + 3 * layout.frame.x;
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = image.rgb.data() + offset;
  config.output.u.RGBA.stride = static_cast<int>(stride);
  config.output.u.RGBA.size = image.rgb.size() - static_cast<size_t>(offset);
  const auto* data = reinterpret_cast<const uint8_t*>(layout.frame.data.data());
  const VP8StatusCode status = WebPDecode(data, layout.frame.data.size(), &config);
  if (status == VP8_STATUS_OUT_OF_MEMORY) throw std::bad_alloc();
  if (status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED) {
    bad_picture("{}", kWebpCutShort);
  }
  if (status != VP8_STATUS_OK) bad_picture("the WebP is damaged: its picture data is not valid");
  return decoded;
}

bool webp_is_whole(Bytes bytes) {
  read_layout(bytes);
  return true;
}

}  // namespace puente::image_detail
