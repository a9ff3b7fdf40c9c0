// A resize that takes the picture's rows one strip after the other, from top to bottom, and keeps
// only those that are still needed: a picture can be made smaller while it is decoded, and is never
// whole in memory. resize() is this, fed from an Image.
#pragma once

#include <cstdint>
#include <vector>

#include "image/resize.h"
#include "image/resize_kernels.h"
#include "image/weights.h"

namespace puente::image_detail {

class ResizeStream {
 public:
  /// The `region` of the `box` of a picture of `input`'s size, resized to `size`, goes to `out`,
  /// RGB rows `out_stride` bytes apart. `filter` is not nearest.
  ResizeStream(Extent input, const Box& box, Extent size, Filter filter, Region region,
               uint8_t* out, int64_t out_stride);

  /// The rows that are needed: [first_row, end_row).
  int64_t first_row() const { return first_row_; }
  int64_t end_row() const { return end_row_; }

  /// And the columns.
  int64_t first_column() const { return left_; }
  int64_t columns() const { return pixels_; }

  /// Takes the next `count` <= kStripRows rows, beginning with first_row(). `rgb` is where
  /// first_column() of the first one lies; rows are `stride` bytes apart. When row end_row() - 1 is
  /// in, the result is complete.
  void add(const uint8_t* rgb, int64_t stride, int64_t count);

  /// How many columns of a region one stream can have without taking more than some 64 MB: at
  /// least 1, and thousands but for pictures of extreme shapes.
  static int64_t columns_at_once(Extent input, const Box& box, Extent size, Filter filter);

 private:
  void across_strip(const uint8_t* rgb, int64_t stride, int64_t count, uint8_t* target);
  void emit();

  Axis across_;
  Axis down_;
  Region region_;
  int64_t left_ = 0;    // the first input column that is needed; even for a horizontal pass
  int64_t pixels_ = 0;  // that are needed of a row, from left_ on
  int64_t first_row_ = 0;
  int64_t end_row_ = 0;
  uint8_t* out_;
  int64_t out_stride_;

  ColumnTaps taps_;
  AlignedVector<uint8_t> strip_;
  AlignedVector<uint8_t> mixed_;

  int64_t row_bytes_;
  std::vector<uint8_t> rows_;  // the horizontal pass's rows [begin_, begin_ + held_)
  int64_t capacity_ = 0;       // of rows_
  int64_t begin_ = 0;
  int64_t held_ = 0;
  int64_t done_ = 0;  // rows of the region that are written
  std::vector<int32_t> weights_;
};

}  // namespace puente::image_detail
