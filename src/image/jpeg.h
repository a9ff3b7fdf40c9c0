// A JPEG decoded some rows at a time, so that what becomes of it need not wait for the whole
// picture. Inside this room only.
#pragma once

#include <cstdint>
#include <memory>

#include "image/codec.h"
#include "image/resize.h"

namespace puente::image_detail {

struct JpegReader;  // libjpeg's side of it

/// Every function throws BadPicture. `bytes` must outlive the object.
class JpegRows {
 public:
  /// Reads the header.
  explicit JpegRows(Bytes bytes);
  ~JpegRows();

  /// Of the picture as it is stored.
  Extent stored_size() const;
  /// EXIF's 1 to 8.
  int orientation() const;

  /// With a `divisor` of 2, 4 or 8, pixels are means over squares of that many pixels, made by the
  /// inverse transform; the squares at the right and lower edge reach over the picture's edge where
  /// the divisor does not divide its size.
  void start(int divisor = 1);
  /// Of the picture as it is decoded: the stored size over the divisor, rounded up.
  Extent size() const;

  /// After start(): from now on rows hold only [first, first + count) and some columns around,
  /// whose outermost 8 are not to be used, except at the picture's own edge. Returns the first
  /// column that rows hold, and size().width is how many. Wanted columns are exactly what they
  /// were.
  int64_t keep_columns(int64_t first, int64_t count);

  /// Decodes the next `count` rows to RGB rows without gaps.
  void read(uint8_t* rgb, int64_t count);
  /// After the last row: what is behind it is checked.
  void finish();

 private:
  Bytes bytes_;
  std::unique_ptr<JpegReader> reader_;
};

/// All rows of one that is started, and its end.
Image read_all(JpegRows& jpeg);

}  // namespace puente::image_detail
