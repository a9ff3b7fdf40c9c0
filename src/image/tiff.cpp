// TIFF through libtiff, over bytes in memory: the first page, strip by strip or tile by tile, each
// turned into RGB as it comes.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tiffio.h>
#include <vector>

#include "image/bytes.h"
#include "image/codec.h"
#include "image/exif.h"
#include "image/pixels.h"

namespace puente::image_detail {
namespace {

/// The file as libtiff reads it, and the first thing that libtiff complained about.
struct Source {
  Bytes bytes;
  uint64_t at = 0;
  char message[200] = "";
};

tmsize_t read_some(thandle_t handle, void* target, tmsize_t count) {
  Source& source = *static_cast<Source*>(handle);
  if (count <= 0 || source.at >= source.bytes.size()) return 0;
  const size_t n = std::min<size_t>(static_cast<size_t>(count), source.bytes.size() - source.at);
  std::memcpy(target, source.bytes.data() + source.at, n);
  source.at += n;
  return static_cast<tmsize_t>(n);
}
tmsize_t write_nothing(thandle_t, void*, tmsize_t) { return 0; }
toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Source& source = *static_cast<Source*>(handle);
  const uint64_t base = whence == SEEK_SET   ? 0
                        : whence == SEEK_CUR ? source.at
                                             : source.bytes.size();
  return source.at = base + offset;
}
int close_nothing(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return static_cast<Source*>(handle)->bytes.size(); }

int keep_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  Source& source = *static_cast<Source*>(user);
  if (source.message[0] == 0) {
    std::vsnprintf(source.message, sizeof source.message, format, arguments);
    std::replace(source.message, source.message + std::strlen(source.message), '\n', ' ');
  }
  return 1;
}
int ignore_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Handle = std::unique_ptr<TIFF, Close>;

Handle open(Source& source) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  if (options == nullptr) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t{1} << 30);
  // "m": no mapping, so that every read passes through read_some and its bounds.
  Handle tiff(TIFFClientOpenExt("picture", "rm", &source, read_some, write_nothing, seek,
                                close_nothing, size_of, nullptr, nullptr, options));
  TIFFOpenOptionsFree(options);
  if (tiff == nullptr) bad_picture("the TIFF is damaged or cut short: {}", source.message);
  return tiff;
}

enum class Colour { gray, palette, rgb, cmyk, by_libtiff };

/// What one page holds, checked to be something that convert_row (or libtiff's own conversion to
/// RGB) understands.
struct Page {
  int64_t width = 0;
  int64_t height = 0;
  int bits = 1;
  int samples = 1;
  bool separate = false;  // one plane after another
  bool tiled = false;
  bool white_is_zero = false;
  bool premultiplied = false;  // colours were multiplied by alpha, the fourth sample
  Colour colour = Colour::gray;
  int compression = COMPRESSION_NONE;
  int orientation = 1;
  Palette palette{};
};

template <class T>
T get(TIFF* tiff, uint32_t tag) {
  T value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

void read_colour(TIFF* tiff, Page& page) {
  const int photometric = get<uint16_t>(tiff, TIFFTAG_PHOTOMETRIC);
  const int needed = photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_YCBCR ? 3
                     : photometric == PHOTOMETRIC_SEPARATED                             ? 4
                                                                                        : 1;
  if (page.samples < needed) {
    bad_picture("the TIFF is damaged: {} bands where its colours need {}", page.samples, needed);
  }
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      page.colour = Colour::gray;
      page.white_is_zero = photometric == PHOTOMETRIC_MINISWHITE;
      break;
    case PHOTOMETRIC_RGB:
      page.colour = Colour::rgb;
      break;
    case PHOTOMETRIC_SEPARATED:
      page.colour = Colour::cmyk;
      break;
    case PHOTOMETRIC_YCBCR:
      // libjpeg converts inside JPEG data; otherwise libtiff knows the subsampled layout.
      page.colour = Colour::by_libtiff;
      if (page.compression == COMPRESSION_JPEG && !page.separate) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        page.colour = Colour::rgb;
      }
      break;
    case PHOTOMETRIC_PALETTE: {
      page.colour = Colour::palette;
      uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
      if (page.bits > 8 || !TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) {
        bad_picture("the TIFF is damaged: it has no palette");
      }
      for (int i = 0; i < 1 << page.bits; ++i) {
        page.palette[i] = {static_cast<uint8_t>(red[i] >> 8), static_cast<uint8_t>(green[i] >> 8),
                           static_cast<uint8_t>(blue[i] >> 8)};
      }
      break;
    }
    default:
      bad_picture("the TIFF's colour space (photometric {}) is not supported; save it as RGB",
                  photometric);
  }
  uint16_t extras = 0;
  uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extras, &kinds);
  page.premultiplied = page.colour == Colour::rgb && page.samples == 4 && extras >= 1 &&
                       kinds[0] == EXTRASAMPLE_ASSOCALPHA;
}

/// How many times smaller than its pixels the data can be, at the most; 0 where there is no bound.
uint64_t most_packed(int compression) {
  switch (compression) {
    case COMPRESSION_NONE:
      return 1;
    case COMPRESSION_PACKBITS:
      return 64;
    case COMPRESSION_LZW:
      return 2800;
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
      return 1100;
    default:
      return 0;
  }
}

Page read_page(TIFF* tiff, Bytes bytes) {
  Page page;
  page.width = get<uint32_t>(tiff, TIFFTAG_IMAGEWIDTH);
  page.height = get<uint32_t>(tiff, TIFFTAG_IMAGELENGTH);
  check_size(page.width, page.height);
  page.bits = get<uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE);
  page.samples = get<uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  page.tiled = TIFFIsTiled(tiff) != 0;
  page.separate =
      get<uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && page.samples > 1;
  page.compression = get<uint16_t>(tiff, TIFFTAG_COMPRESSION);
  page.orientation = get<uint16_t>(tiff, TIFFTAG_ORIENTATION);
  const int format = get<uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT);
  if (page.samples > 4) {
    bad_picture("the TIFF has {} bands; 1 to 4 can be read; save the wanted bands as RGB",
                page.samples);
  }
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) {
    bad_picture("the TIFF has {} {} of {} {} bits; unsigned samples of 1 to 16 bits can be read",
                page.samples, page.samples == 1 ? "band" : "bands",
                format == SAMPLEFORMAT_IEEEFP ? "floating-point"
                : format == SAMPLEFORMAT_INT  ? "signed"
                                              : "complex",
                page.bits);
  }
  const bool packed = page.bits == 1 || page.bits == 2 || page.bits == 4;
  if (page.bits != 8 && page.bits != 16 && !(packed && page.samples == 1)) {
    bad_picture("the TIFF has {} {} of {} bits, which is not supported; save it with 8 or 16",
                page.samples, page.samples == 1 ? "band" : "bands", page.bits);
  }
  if (!TIFFIsCODECConfigured(static_cast<uint16_t>(page.compression))) {
    bad_picture("the TIFF's compression (number {}) is not supported", page.compression);
  }
  read_colour(tiff, page);
  const uint64_t bound = most_packed(page.compression);
  const int samples = page.colour == Colour::by_libtiff ? 1 : page.samples;
  const uint64_t needed = static_cast<uint64_t>(page.width * page.bits * samples + 7) / 8 *
                          static_cast<uint64_t>(page.height);
  if (bound > 0 && needed / bound > bytes.size()) {
    bad_picture("the TIFF ends too early: the file is cut short; copy it again");
  }
  return page;
}

uint32_t sample_at(const uint8_t* samples, int64_t i, int bits) {
  if (bits == 8) return samples[i];
  uint16_t value;
  std::memcpy(&value, samples + 2 * i, 2);
  return value;
}

/// `count` pixels as stored, samples side by side (16-bit ones in this machine's order) -> RGB.
void convert_row(const Page& page, const uint8_t* row, int64_t count, uint8_t* rgb) {
  const int bits = page.bits;
  const int step = page.samples;
  const int shift = bits == 16 ? 8 : 0;  // the high byte of 16-bit colour, as Pillow
  const auto byte = [&](int64_t i) {
    return static_cast<uint8_t>(sample_at(row, i, bits) >> shift);
  };
  for (int64_t x = 0; x < count; ++x, rgb += 3) {
    switch (page.colour) {
      case Colour::gray: {
        const uint8_t v = bits == 16 ? scale16(sample_at(row, x * step, bits))
                          : bits == 8
                              ? row[x * step]
                              : static_cast<uint8_t>(packed_sample(row, x, bits) * gray_step(bits));
        put_gray(rgb, page.white_is_zero ? static_cast<uint8_t>(255 - v) : v);
        break;
      }
      case Colour::palette:
        std::memcpy(
            rgb, page.palette[bits == 8 ? row[x * step] : packed_sample(row, x, bits)].data(), 3);
        break;
      case Colour::cmyk:
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

[[noreturn]] void raise(const Source& source) {
  bad_picture("the TIFF is damaged or cut short: {}",
              source.message[0] ? source.message : "its data cannot be read");
}

/// The grid of strips or tiles that the pixels are stored in.
struct Blocks {
  int64_t width = 0;
  int64_t height = 0;
  tmsize_t bytes = 0;     // of one block of one plane
  int64_t row_bytes = 0;  // of one row of it
};

Blocks blocks_of(TIFF* tiff, const Page& page) {
  Blocks blocks;
  if (page.tiled) {
    blocks.width = get<uint32_t>(tiff, TIFFTAG_TILEWIDTH);
    blocks.height = get<uint32_t>(tiff, TIFFTAG_TILELENGTH);
    blocks.bytes = TIFFTileSize(tiff);
    blocks.row_bytes = TIFFTileRowSize(tiff);
  } else {
    blocks.width = page.width;
    blocks.height = std::min<int64_t>(page.height, get<uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP));
    blocks.bytes = TIFFStripSize(tiff);
    blocks.row_bytes = TIFFScanlineSize(tiff);
  }
  const int64_t samples = page.separate ? 1 : page.samples;
  const int64_t expected = (blocks.width * page.bits * samples + 7) / 8;
  // A tile may be larger than the picture, but not so much that it is a trap.
  if (blocks.width <= 0 || blocks.height <= 0 || blocks.row_bytes != expected ||
      blocks.bytes < blocks.height * blocks.row_bytes ||
      blocks.bytes > (int64_t{1} << 20) + 16 * page.width * page.height) {
    bad_picture("the TIFF is damaged: its strips or tiles have an impossible size");
  }
  return blocks;
}

void read_block(TIFF* tiff, const Source& source, const Page& page, int64_t x, int64_t y, int plane,
                int64_t rows, const Blocks& blocks, uint8_t* target) {
  const auto column = static_cast<uint32_t>(x);
  const auto row = static_cast<uint32_t>(y);
  const auto sample = static_cast<uint16_t>(plane);
  const tmsize_t wanted = page.tiled ? blocks.bytes : rows * blocks.row_bytes;
  const tmsize_t got =
      page.tiled
          ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, column, row, 0, sample), target, wanted)
          : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, row, sample), target, wanted);
  if (got != wanted || source.message[0] != 0) raise(source);
}

void read_blocks(TIFF* tiff, const Source& source, const Page& page, Image& image) {
  const Blocks blocks = blocks_of(tiff, page);
  const int planes = page.separate ? page.samples : 1;
  std::vector<uint8_t> block(static_cast<size_t>(blocks.bytes) * planes);
  std::vector<uint8_t> together(page.separate ? static_cast<size_t>(blocks.row_bytes) * planes : 0);
  const int bytes = page.bits / 8;
  for (int64_t y = 0; y < page.height; y += blocks.height) {
    const int64_t rows = std::min(blocks.height, page.height - y);
    for (int64_t x = 0; x < page.width; x += blocks.width) {
      const int64_t columns = std::min(blocks.width, page.width - x);
      for (int plane = 0; plane < planes; ++plane) {
        read_block(tiff, source, page, x, y, plane, rows, blocks,
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

void read_by_libtiff(TIFF* tiff, const Source& source, const Page& page, Image& image) {
  std::vector<uint32_t> raster(static_cast<size_t>(page.width * page.height));
  const int ok = TIFFReadRGBAImageOriented(tiff, static_cast<uint32_t>(page.width),
                                           static_cast<uint32_t>(page.height), raster.data(),
                                           page.orientation, /*stop_on_error=*/1);
  if (!ok || source.message[0] != 0) raise(source);
  for (size_t i = 0; i < raster.size(); ++i) {
    image.rgb[3 * i] = static_cast<uint8_t>(TIFFGetR(raster[i]));
    image.rgb[3 * i + 1] = static_cast<uint8_t>(TIFFGetG(raster[i]));
    image.rgb[3 * i + 2] = static_cast<uint8_t>(TIFFGetB(raster[i]));
  }
}

}  // namespace

Decoded decode_tiff(Bytes bytes) {
  Source source{.bytes = bytes};
  const Handle tiff = open(source);
  const Page page = read_page(tiff.get(), bytes);
  if (source.message[0] != 0) raise(source);
  Image image{static_cast<int>(page.width), static_cast<int>(page.height), {}};
  image.rgb.resize(3 * static_cast<size_t>(page.width * page.height));
  if (page.colour == Colour::by_libtiff) {
    read_by_libtiff(tiff.get(), source, page, image);
  } else {
    read_blocks(tiff.get(), source, page, image);
  }
  // In a TIFF the orientation says how the rows are stored; it is not a camera's afterthought.
  return {upright(std::move(image), page.orientation)};
}

bool tiff_is_whole(Bytes bytes) {
  Source source{.bytes = bytes};
  const Handle tiff = open(source);
  const Page page = read_page(tiff.get(), bytes);
  if (source.message[0] != 0 || page.colour == Colour::by_libtiff) return false;
  // Fax and JPEG data lean on further tags.
  if (most_packed(page.compression) == 0) return false;
  const Blocks blocks = blocks_of(tiff.get(), page);
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
