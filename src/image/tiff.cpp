// TIFF: the first page, strip by strip or tile by tile, each turned into RGB as it comes.
#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "image/codec.h"
#include "image/exif.h"
#include "image/pixels.h"
#include "image/tiff_page.h"

namespace puente::image_detail {
namespace {

uint32_t sample_at(const uint8_t* samples, int64_t i, int bits) {
  if (bits == 8) return samples[i];
  uint16_t value;
  std::memcpy(&value, samples + 2 * i, 2);
  return value;
}

/// `count` pixels as stored, samples side by side (16-bit ones in this machine's order) -> RGB.
void convert_row(const TiffPage& page, const uint8_t* row, int64_t count, uint8_t* rgb) {
  const int bits = page.bits;
  const int step = page.samples;
  const int shift = bits == 16 ? 8 : 0;  // the high byte of 16-bit colour, as Pillow
  const auto byte = [&](int64_t i) {
    return static_cast<uint8_t>(sample_at(row, i, bits) >> shift);
  };
  for (int64_t x = 0; x < count; ++x, rgb += 3) {
    switch (page.colour) {
      case TiffColour::gray: {
        const uint8_t v = bits == 16 ? scale16(sample_at(row, x * step, bits))
                          : bits == 8
                              ? row[x * step]
                              : static_cast<uint8_t>(packed_sample(row, x, bits) * gray_step(bits));
        put_gray(rgb, page.white_is_zero ? static_cast<uint8_t>(255 - v) : v);
        break;
      }
      case TiffColour::palette:
        std::memcpy(
            rgb, page.palette[bits == 8 ? row[x * step] : packed_sample(row, x, bits)].data(), 3);
        break;
      case TiffColour::cmyk:
        put_cmyk(rgb, byte(x * step), byte(x * step + 1), byte(x * step + 2), byte(x * step + 3));
        break;
      default: {
        const int alpha = page.premultiplied ? byte(x * step + 3) : 255;
        for (int c = 0; c < 3; ++c) {
          const int v = byte(x * step + c);
          rgb[c] = static_cast<uint8_t>(alpha == 0 ? 0 : std::min(255, v * 255 / alpha));
        }
      }
    }
  }
}

void read_blocks(TIFF* tiff, const TiffSource& source, const TiffPage& page, Image& image) {
  const TiffBlocks blocks = tiff_blocks(tiff, page);
  const int planes = page.separate ? page.samples : 1;
  std::vector<uint8_t> block(static_cast<size_t>(blocks.bytes) * planes);
  std::vector<uint8_t> together(page.separate ? static_cast<size_t>(blocks.row_bytes) * planes : 0);
  const int bytes = page.bits / 8;
  for (int64_t y = 0; y < page.height; y += blocks.height) {
    const int64_t rows = std::min(blocks.height, page.height - y);
    for (int64_t x = 0; x < page.width; x += blocks.width) {
      const int64_t columns = std::min(blocks.width, page.width - x);
      for (int plane = 0; plane < planes; ++plane) {
        read_tiff_block(tiff, source, page, x, y, plane, rows, blocks,
                        block.data() + plane * blocks.bytes);
      }
      for (int64_t r = 0; r < rows; ++r) {
        const uint8_t* row = block.data() + r * blocks.row_bytes;
        if (page.separate) {
          for (int64_t i = 0; i < columns * planes; ++i) {
            std::memcpy(together.data() + i * bytes,
                        row + (i % planes) * blocks.bytes + i / planes * bytes, bytes);
          }
          row = together.data();
        }
        convert_row(page, row, columns, image.rgb.data() + 3 * ((y + r) * page.width + x));
      }
    }
  }
}

void read_by_libtiff(TIFF* tiff, const TiffSource& source, const TiffPage& page, Image& image) {
  std::vector<uint32_t> raster(static_cast<size_t>(page.width * page.height));
  const int ok = TIFFReadRGBAImageOriented(tiff, static_cast<uint32_t>(page.width),
                                           static_cast<uint32_t>(page.height), raster.data(),
                                           page.orientation, /*stop_on_error=*/1);
  if (!ok || source.message[0] != 0) raise_tiff(source);
  for (size_t i = 0; i < raster.size(); ++i) {
    image.rgb[3 * i] = static_cast<uint8_t>(TIFFGetR(raster[i]));
    image.rgb[3 * i + 1] = static_cast<uint8_t>(TIFFGetG(raster[i]));
    image.rgb[3 * i + 2] = static_cast<uint8_t>(TIFFGetB(raster[i]));
  }
}

}  // namespace

Decoded decode_tiff(Bytes bytes) {
  TiffSource source{.bytes = bytes};
  const TiffHandle tiff = open_tiff(source);
  const TiffPage page = read_tiff_page(tiff.get(), bytes, TiffUse::picture);
  if (source.message[0] != 0) raise_tiff(source);
  Image image{static_cast<int>(page.width), static_cast<int>(page.height), {}};
  image.rgb.resize(3 * static_cast<size_t>(page.width * page.height));
  if (page.colour == TiffColour::by_libtiff) {
    read_by_libtiff(tiff.get(), source, page, image);
  } else {
    read_blocks(tiff.get(), source, page, image);
  }
  // In a TIFF the orientation says how the rows are stored; it is not a camera's afterthought.
  return {upright(std::move(image), page.orientation)};
}

bool tiff_is_whole(Bytes bytes) {
  TiffSource source{.bytes = bytes};
  const TiffHandle tiff = open_tiff(source);
  const TiffPage page = read_tiff_page(tiff.get(), bytes, TiffUse::picture);
  if (source.message[0] != 0 || page.colour == TiffColour::by_libtiff) return false;
  // Fax and JPEG data lean on further tags.
  if (most_packed(page.compression) == 0) return false;
  const TiffBlocks blocks = tiff_blocks(tiff.get(), page);
  const int planes = page.separate ? page.samples : 1;
  const int64_t across = (page.width + blocks.width - 1) / blocks.width;
  const int64_t down = (page.height + blocks.height - 1) / blocks.height;
  const uint32_t count =
      page.tiled ? TIFFNumberOfTiles(tiff.get()) : TIFFNumberOfStrips(tiff.get());
  if (count != across * down * planes) return false;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t offset = TIFFGetStrileOffset(tiff.get(), i);
    const uint64_t length = TIFFGetStrileByteCount(tiff.get(), i);
    if (length == 0 || offset > bytes.size() || length > bytes.size() - offset) return false;
    const bool last_row = i / across % down == down - 1;
    const int64_t rows =
        page.tiled || !last_row ? blocks.height : page.height - (down - 1) * blocks.height;
    if (page.compression == COMPRESSION_NONE &&
        length < static_cast<uint64_t>(rows * blocks.row_bytes)) {
      return false;
    }
  }
  return source.message[0] == 0;
}

}  // namespace puente::image_detail
