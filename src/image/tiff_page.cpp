#include "image/tiff_page.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>

namespace puente::image_detail {
namespace {

tmsize_t read_some(thandle_t handle, void* target, tmsize_t count) {
  TiffSource& source = *static_cast<TiffSource*>(handle);
  if (count <= 0 || source.at >= source.bytes.size()) return 0;
  const size_t n = std::min<size_t>(static_cast<size_t>(count), source.bytes.size() - source.at);
  std::memcpy(target, source.bytes.data() + source.at, n);
  source.at += n;
  return static_cast<tmsize_t>(n);
}
tmsize_t write_nothing(thandle_t, void*, tmsize_t) { return 0; }
toff_t seek(thandle_t handle, toff_t offset, int whence) {
  TiffSource& source = *static_cast<TiffSource*>(handle);
  const uint64_t base = whence == SEEK_SET   ? 0
                        : whence == SEEK_CUR ? source.at
                                             : source.bytes.size();
  return source.at = base + offset;
}
int close_nothing(thandle_t) { return 0; }
toff_t size_of(thandle_t handle) { return static_cast<TiffSource*>(handle)->bytes.size(); }

int keep_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  TiffSource& source = *static_cast<TiffSource*>(user);
  if (source.message[0] == 0) {
    std::vsnprintf(source.message, sizeof source.message, format, arguments);
    std::replace(source.message, source.message + std::strlen(source.message), '\n', ' ');
  }
  return 1;
}
int ignore_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

const char* name_of_format(int format) {
  switch (format) {
    case SAMPLEFORMAT_IEEEFP:
      return "floating-point";
    case SAMPLEFORMAT_INT:
      return "signed";
    case SAMPLEFORMAT_UINT:
    case SAMPLEFORMAT_VOID:
      return "unsigned";
    default:
      return "complex";
  }
}

/// Is the page a picture as it is?
void check_picture(const TiffPage& page) {
  if (page.samples > 4) {
    bad_picture("the TIFF has {} bands; say which are shown, such as --bands 4,3,2", page.samples);
  }
  if (page.format != SAMPLEFORMAT_UINT && page.format != SAMPLEFORMAT_VOID) {
    bad_picture(
        "the TIFF has {} {} of {} {} bits, which is no picture yet; say which bands are "
        "shown, such as --bands 1",
        page.samples, page.samples == 1 ? "band" : "bands", name_of_format(page.format), page.bits);
  }
  const bool packed = page.bits == 1 || page.bits == 2 || page.bits == 4;
  if (page.bits != 8 && page.bits != 16 && !(packed && page.samples == 1)) {
    bad_picture("the TIFF has {} {} of {} bits, which is not supported; save it with 8 or 16",
                page.samples, page.samples == 1 ? "band" : "bands", page.bits);
  }
}

/// Can the page's samples be taken as numbers?
void check_bands(const TiffPage& page) {
  const bool whole = page.format == SAMPLEFORMAT_UINT || page.format == SAMPLEFORMAT_VOID ||
                     page.format == SAMPLEFORMAT_INT;
  const bool good =
      whole ? page.bits == 8 || page.bits == 16 || page.bits == 32
            : page.format == SAMPLEFORMAT_IEEEFP && (page.bits == 32 || page.bits == 64);
  if (good) return;
  bad_picture(
      "the TIFF has {} samples of {} bits; bands of 8, 16 or 32 bits, or of "
      "floating-point of 32 or 64, can be read",
      name_of_format(page.format), page.bits);
}

void read_colour(TIFF* tiff, TiffPage& page) {
  const int photometric = tiff_tag<uint16_t>(tiff, TIFFTAG_PHOTOMETRIC);
  const int needed = photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_YCBCR ? 3
                     : photometric == PHOTOMETRIC_SEPARATED                             ? 4
                                                                                        : 1;
  if (page.samples < needed) {
    bad_picture("the TIFF is damaged: {} bands where its colours need {}", page.samples, needed);
  }
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      page.colour = TiffColour::gray;
      page.white_is_zero = photometric == PHOTOMETRIC_MINISWHITE;
      break;
    case PHOTOMETRIC_RGB:
      page.colour = TiffColour::rgb;
      break;
    case PHOTOMETRIC_SEPARATED:
      page.colour = TiffColour::cmyk;
      break;
    case PHOTOMETRIC_YCBCR:
      // libjpeg converts inside JPEG data; otherwise libtiff knows the subsampled layout.
      page.colour = TiffColour::by_libtiff;
      if (page.compression == COMPRESSION_JPEG && !page.separate) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        page.colour = TiffColour::rgb;
      }
      break;
    case PHOTOMETRIC_PALETTE: {
      page.colour = TiffColour::palette;
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
  page.premultiplied = page.colour == TiffColour::rgb && page.samples == 4 && extras >= 1 &&
                       kinds[0] == EXTRASAMPLE_ASSOCALPHA;
}

}  // namespace

TiffHandle open_tiff(TiffSource& source) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  if (options == nullptr) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t{1} << 30);
  // "m": no mapping, so that every read passes through read_some and its bounds.
  TiffHandle tiff(TIFFClientOpenExt("picture", "rm", &source, read_some, write_nothing, seek,
                                    close_nothing, size_of, nullptr, nullptr, options));
  TIFFOpenOptionsFree(options);
  if (tiff == nullptr) bad_picture("the TIFF is damaged or cut short: {}", source.message);
  return tiff;
}

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

TiffPage read_tiff_page(TIFF* tiff, Bytes bytes, TiffUse use) {
  TiffPage page;
  page.width = tiff_tag<uint32_t>(tiff, TIFFTAG_IMAGEWIDTH);
  page.height = tiff_tag<uint32_t>(tiff, TIFFTAG_IMAGELENGTH);
  check_size(page.width, page.height);
  page.bits = tiff_tag<uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE);
  page.samples = tiff_tag<uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  page.tiled = TIFFIsTiled(tiff) != 0;
  page.separate =
      tiff_tag<uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && page.samples > 1;
  page.compression = tiff_tag<uint16_t>(tiff, TIFFTAG_COMPRESSION);
  page.orientation = tiff_tag<uint16_t>(tiff, TIFFTAG_ORIENTATION);
  page.format = tiff_tag<uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT);
  if (use == TiffUse::picture) {
    check_picture(page);
  } else {
    check_bands(page);
  }
  if (!TIFFIsCODECConfigured(static_cast<uint16_t>(page.compression))) {
    bad_picture("the TIFF's compression (number {}) is not supported", page.compression);
  }
  if (use == TiffUse::picture || tiff_tag<uint16_t>(tiff, TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_YCBCR)
    read_colour(tiff, page);
  if (use == TiffUse::bands && page.colour == TiffColour::by_libtiff) {
    bad_picture(
        "the TIFF's bands are luminance and colour differences; they are read as a picture "
        "only");
  }
  const uint64_t bound = most_packed(page.compression);
  const int samples = page.colour == TiffColour::by_libtiff ? 1 : page.samples;
  const uint64_t needed = static_cast<uint64_t>(page.width * page.bits * samples + 7) / 8 *
                          static_cast<uint64_t>(page.height);
  if (bound > 0 && needed / bound > bytes.size()) {
    bad_picture("the TIFF ends too early: the file is cut short; copy it again");
  }
  return page;
}

void raise_tiff(const TiffSource& source) {
  bad_picture("the TIFF is damaged or cut short: {}",
              source.message[0] ? source.message : "its data cannot be read");
}

TiffBlocks tiff_blocks(TIFF* tiff, const TiffPage& page) {
  TiffBlocks blocks;
  if (page.tiled) {
    blocks.width = tiff_tag<uint32_t>(tiff, TIFFTAG_TILEWIDTH);
    blocks.height = tiff_tag<uint32_t>(tiff, TIFFTAG_TILELENGTH);
    blocks.bytes = TIFFTileSize(tiff);
    blocks.row_bytes = TIFFTileRowSize(tiff);
  } else {
    blocks.width = page.width;
    blocks.height = std::min<int64_t>(page.height, tiff_tag<uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP));
    blocks.bytes = TIFFStripSize(tiff);
    blocks.row_bytes = TIFFScanlineSize(tiff);
  }
  const int64_t samples = page.separate ? 1 : page.samples;
  const int64_t expected = (blocks.width * page.bits * samples + 7) / 8;
  // A tile may be larger than the picture, but not so much that it is a trap.
  const int64_t trap = std::max<int64_t>(16, page.bits * samples / 4);
  if (blocks.width <= 0 || blocks.height <= 0 || blocks.row_bytes != expected ||
      blocks.bytes < blocks.height * blocks.row_bytes ||
      blocks.bytes > (int64_t{1} << 20) + trap * page.width * page.height) {
    bad_picture("the TIFF is damaged: its strips or tiles have an impossible size");
  }
  return blocks;
}

void read_tiff_block(TIFF* tiff, const TiffSource& source, const TiffPage& page, int64_t x,
                     int64_t y, int plane, int64_t rows, const TiffBlocks& blocks,
                     uint8_t* target) {
  const auto column = static_cast<uint32_t>(x);
  const auto row = static_cast<uint32_t>(y);
  const auto sample = static_cast<uint16_t>(plane);
  const tmsize_t wanted = page.tiled ? blocks.bytes : rows * blocks.row_bytes;
  const tmsize_t got =
      page.tiled
          ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, column, row, 0, sample), target, wanted)
          : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, row, sample), target, wanted);
  if (got != wanted || source.message[0] != 0) raise_tiff(source);
}

}  // namespace puente::image_detail
