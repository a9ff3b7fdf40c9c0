// A TIFF opened through libtiff over bytes in memory, and what its first page holds.
#pragma once

#include <cstdint>
#include <memory>
#include <tiffio.h>

#include "image/codec.h"
#include "image/pixels.h"

namespace puente::image_detail {

/// The file as libtiff reads it, and the first thing that libtiff complained about.
struct TiffSource {
  Bytes bytes;
  uint64_t at = 0;
  char message[200] = "";
};

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffHandle = std::unique_ptr<TIFF, CloseTiff>;

/// `source` must outlive the handle. Throws BadPicture.
TiffHandle open_tiff(TiffSource& source);

enum class TiffColour { gray, palette, rgb, cmyk, by_libtiff };

/// What a page is read as: a picture, or bands of numbers.
enum class TiffUse { picture, bands };

/// What one page holds, checked to be something that convert_row (or libtiff's own conversion to
/// RGB) understands, or of which samples_of_row makes numbers.
struct TiffPage {
  int64_t width = 0;
  int64_t height = 0;
  int bits = 1;
  int samples = 1;
  int format = SAMPLEFORMAT_UINT;
  bool separate = false;  // one plane after another
  bool tiled = false;
  bool white_is_zero = false;
  bool premultiplied = false;  // colours were multiplied by alpha, the fourth sample
  TiffColour colour = TiffColour::gray;
  int compression = COMPRESSION_NONE;
  int orientation = 1;
  Palette palette{};
};

/// Throws BadPicture if the page is damaged or of a kind that is not read.
TiffPage read_tiff_page(TIFF* tiff, Bytes bytes, TiffUse use);

/// How many times smaller than its pixels the data can be, at the most; 0 where there is no bound.
uint64_t most_packed(int compression);

/// The grid of strips or tiles that the pixels are stored in.
struct TiffBlocks {
  int64_t width = 0;
  int64_t height = 0;
  tmsize_t bytes = 0;     // of one block of one plane
  int64_t row_bytes = 0;  // of one row of it
};
/// Throws BadPicture if their sizes do not fit the page.
TiffBlocks tiff_blocks(TIFF* tiff, const TiffPage& page);

/// Decompresses the block whose first pixel is (x, y), or `rows` rows of a strip, to `target`,
/// which has room for a block. Throws BadPicture.
void read_tiff_block(TIFF* tiff, const TiffSource& source, const TiffPage& page, int64_t x,
                     int64_t y, int plane, int64_t rows, const TiffBlocks& blocks, uint8_t* target);

/// Throws BadPicture with what libtiff said.
[[noreturn]] void raise_tiff(const TiffSource& source);

/// The tag's value or its default; T must be the type that libtiff documents for the tag.
template <class T>
T tiff_tag(TIFF* tiff, uint32_t tag) {
  T value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

}  // namespace puente::image_detail
