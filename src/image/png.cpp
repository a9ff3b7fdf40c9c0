// PNG through libpng. libpng sees the picture only: every chunk beside it (profiles, text, gamma)
// is skipped, and the samples are turned into RGB here, so that one row at a time is enough.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <png.h>
#include <setjmp.h>
#include <vector>
#include <zlib.h>

#include "image/bytes.h"
#include "image/codec.h"
#include "image/exif.h"
#include "image/pixels.h"

namespace puente::image_detail {
namespace {

constexpr const char* kPngCutShort = "the PNG ends too early: the file is cut short; copy it again";
constexpr size_t kSignature = 8;

/// libpng leaves by longjmp on an error; see the same in jpeg.cpp.
struct Reader {
  explicit Reader(Bytes all);
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[noreturn]] void raise() const {
    if (cut_short) bad_picture("{}", kPngCutShort);
    bad_picture("the PNG is damaged: {}", message);
  }

  png_structp png = nullptr;
  png_infop info = nullptr;
  Bytes bytes;
  size_t at = 0;
  jmp_buf escape;
  char message[200] = "";
  bool cut_short = false;
};

void on_error(png_structp png, png_const_charp text) {
  Reader& reader = *static_cast<Reader*>(png_get_error_ptr(png));
  if (reader.message[0] == 0) std::snprintf(reader.message, sizeof reader.message, "%s", text);
  longjmp(reader.escape, 1);
}
void ignore_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep target, size_t count) {
  Reader& reader = *static_cast<Reader*>(png_get_io_ptr(png));
  if (reader.bytes.size() - reader.at < count) {
    reader.cut_short = true;
    longjmp(reader.escape, 1);
  }
  std::memcpy(target, reader.bytes.data() + reader.at, count);
  reader.at += count;
}

Reader::Reader(Bytes all) : bytes(all) {
  if (setjmp(escape)) raise();
  png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, ignore_warning);
  if (png == nullptr) throw std::bad_alloc();
  info = png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    throw std::bad_alloc();
  }
  png_set_read_fn(png, this, read_bytes);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
}

bool read_header(Reader& reader) {
  if (setjmp(reader.escape)) return false;
  png_read_info(reader.png, reader.info);
  png_set_interlace_handling(reader.png);
  png_start_read_image(reader.png);
  return true;
}

bool read_row(Reader& reader, uint8_t* row) {
  if (setjmp(reader.escape)) return false;
  png_read_row(reader.png, row, nullptr);
  return true;
}

bool read_end(Reader& reader) {
  if (setjmp(reader.escape)) return false;
  png_read_end(reader.png, nullptr);
  return true;
}

struct PngHeader {
  uint32_t width = 0;
  uint32_t height = 0;
  int bits = 0;
  int colour = 0;
  Palette palette{};
};

PngHeader header_of(const Reader& reader) {
  PngHeader header;
  header.width = png_get_image_width(reader.png, reader.info);
  header.height = png_get_image_height(reader.png, reader.info);
  header.bits = png_get_bit_depth(reader.png, reader.info);
  header.colour = png_get_color_type(reader.png, reader.info);
  if (header.colour == PNG_COLOR_TYPE_PALETTE) {
    // As in Pillow, an index beyond the palette is that gray.
    for (int i = 0; i < 256; ++i) header.palette[i].fill(static_cast<uint8_t>(i));
    png_colorp colours = nullptr;
    int count = 0;
    if (!png_get_PLTE(reader.png, reader.info, &colours, &count)) {
      bad_picture("the PNG is damaged: it has no palette");
    }
    for (int i = 0; i < count; ++i) {
      header.palette[i] = {colours[i].red, colours[i].green, colours[i].blue};
    }
  }
  return header;
}

/// One row of samples as stored -> RGB. 16-bit samples are big-endian: the first byte is the high
/// one.
void convert_row(const PngHeader& header, const uint8_t* row, uint8_t* rgb) {
  const int bytes = header.bits == 16 ? 2 : 1;
  switch (header.colour) {
    case PNG_COLOR_TYPE_GRAY: {
      const uint8_t step = header.bits < 16 ? gray_step(header.bits) : 0;
      for (int64_t x = 0; x < header.width; ++x) {
        put_gray(rgb + 3 * x,
                 header.bits == 16
                     ? scale16(uint32_t{row[2 * x]} << 8 | row[2 * x + 1])
                     : static_cast<uint8_t>(packed_sample(row, x, header.bits) * step));
      }
      return;
    }
    case PNG_COLOR_TYPE_PALETTE:
      for (int64_t x = 0; x < header.width; ++x) {
        std::memcpy(rgb + 3 * x, header.palette[packed_sample(row, x, header.bits)].data(), 3);
      }
      return;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      for (int64_t x = 0; x < header.width; ++x) put_gray(rgb + 3 * x, row[2 * bytes * x]);
      return;
    default: {
      const int step = (header.colour == PNG_COLOR_TYPE_RGB_ALPHA ? 4 : 3) * bytes;
      for (int64_t x = 0; x < header.width; ++x) {
        for (int c = 0; c < 3; ++c) rgb[3 * x + c] = row[step * x + c * bytes];
      }
    }
  }
}

/// One chunk: its type, its data, and whether its checksum is right.
struct Chunk {
  std::string_view type;
  Bytes data;
  bool intact = false;
};

/// Reads the chunk at `at` and moves `at` behind it; false where the bytes end first.
bool next_chunk(Bytes bytes, size_t& at, bool check, Chunk& chunk) {
  if (at > bytes.size() || bytes.size() - at < 12) return false;
  const size_t length = big32(bytes, at);
  if (length > bytes.size() - at - 12) return false;
  chunk.type = {reinterpret_cast<const char*>(bytes.data()) + at + 4, 4};
  chunk.data = bytes.subspan(at + 8, length);
  if (check) {
    const auto* covered = reinterpret_cast<const Bytef*>(bytes.data()) + at + 4;
    chunk.intact = crc32_z(0, covered, length + 4) == big32(bytes, at + 8 + length);
  }
  at += 12 + length;
  return true;
}

int png_orientation(Bytes bytes) {
  size_t at = kSignature;
  Chunk chunk;
  while (next_chunk(bytes, at, false, chunk)) {
    if (chunk.type == "eXIf") return exif_orientation(chunk.data);
  }
  return 1;
}

}  // namespace

Decoded decode_png(Bytes bytes) {
  Reader reader(bytes);
  // The size stands in the first chunk; it is looked at before libpng takes memory for a row.
  if (bytes.size() < kSignature + 16) bad_picture("{}", kPngCutShort);
  check_size(big32(bytes, kSignature + 8), big32(bytes, kSignature + 12));
  if (!read_header(reader)) reader.raise();
  const PngHeader header = header_of(reader);
  const size_t row_bytes = png_get_rowbytes(reader.png, reader.info);
  // Deflate packs at most 1,032 to one.
  if (row_bytes * header.height / 1100 > bytes.size()) bad_picture("{}", kPngCutShort);

  Decoded decoded;
  Image& image = decoded.image;
  image.width = static_cast<int>(header.width);
  image.height = static_cast<int>(header.height);
  image.rgb.resize(3 * size_t{header.width} * header.height);
  const bool interlaced = png_get_interlace_type(reader.png, reader.info) != PNG_INTERLACE_NONE;
  // Interlacing fills a row in several passes, so that all rows must stay until the last.
  std::vector<uint8_t> rows(row_bytes * (interlaced ? header.height : 1));
  for (int pass = interlaced ? 6 : 0; pass >= 0; --pass) {
    for (size_t y = 0; y < header.height; ++y) {
      uint8_t* row = rows.data() + (interlaced ? y * row_bytes : 0);
      if (!read_row(reader, row)) reader.raise();
      if (pass == 0) convert_row(header, row, image.rgb.data() + 3 * y * header.width);
    }
  }
  if (!read_end(reader)) reader.raise();
  decoded.orientation = png_orientation(bytes);
  return decoded;
}

bool png_is_whole(Bytes bytes) {
  size_t at = kSignature;
  Chunk chunk;
  if (!next_chunk(bytes, at, true, chunk) || chunk.type != "IHDR" || chunk.data.size() != 13) {
    return false;
  }
  check_size(big32(chunk.data, 0), big32(chunk.data, 4));
  // libpng checks the header's combinations as it reads them; unusual ones are left to it.
  const bool palette = byte_at(chunk.data, 9) == PNG_COLOR_TYPE_PALETTE;
  bool seen_palette = false;
  size_t data = 0;
  while (chunk.intact && next_chunk(bytes, at, true, chunk)) {
    if (chunk.type == "IEND") {
      if (!chunk.intact || data == 0 || (palette && !seen_palette)) return false;
      Reader reader(bytes);
      return read_header(reader);
    }
    seen_palette |= chunk.type == "PLTE" && data == 0;
    if (chunk.type == "IDAT") data += chunk.data.size();
    const bool critical = (static_cast<unsigned char>(chunk.type[0]) & 0x20) == 0;
    if (critical && chunk.type != "IDAT" && chunk.type != "PLTE") return false;
  }
  return false;
}

}  // namespace puente::image_detail
