#include "image/resize_stream.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"

namespace puente::image_detail {
namespace {

constexpr int64_t kWorkBytes = int64_t{64} << 20;

/// The inputs under a run of outputs: [begin, end).
Window span_of(const Axis& axis, int64_t first, int64_t count) {
  if (axis.is_identity()) return {first, count};
  const Window last = axis.window(first + count - 1);
  const int64_t start = axis.window(first).start;
  return {start, last.start + last.count - start};
}

/// A 16-bit number as the lower or upper half of 32 bits.
int32_t half_word(int32_t value, bool upper) {
  const uint32_t bits = static_cast<uint16_t>(value);
  return static_cast<int32_t>(upper ? bits << 16 : bits);
}

/// Windows made of whole pairs, counted from input column `left`, which is even.
ColumnTaps column_taps(Axis& axis, int64_t first, int64_t columns, int64_t left) {
  ColumnTaps taps;
  taps.stride = axis.widest() / 2 + 1;
  taps.start.resize(static_cast<size_t>(columns));
  taps.count.resize(taps.start.size());
  taps.weights.assign(static_cast<size_t>(columns * taps.stride * 2), 0);
  std::vector<int32_t> weights;
  for (int64_t i = 0; i < columns; ++i) {
    axis.weights(first + i, weights);
    const int64_t start = axis.window(first + i).start - left;
    const int64_t odd = start % 2;
    taps.start[i] = start / 2;
    taps.count[i] = (odd + static_cast<int64_t>(weights.size()) + 1) / 2;
    int32_t* column = taps.weights.data() + i * taps.stride * 2;
    for (size_t k = 0; k < weights.size(); ++k) {
      const int64_t place = odd + static_cast<int64_t>(k);
      const int32_t high = (weights[k] + 2048) >> 12;
      column[place / 2 * 2] |= half_word(high, place % 2);
      column[place / 2 * 2 + 1] |= half_word(weights[k] - high * 4096, place % 2);
    }
  }
  return taps;
}

}  // namespace

ResizeStream::ResizeStream(Extent input, const Box& box, Extent size, Filter filter, Region region,
                           uint8_t* out, int64_t out_stride)
    : across_(input.width, box.left, box.right, size.width, filter),
      down_(input.height, box.top, box.bottom, size.height, filter),
      region_(region),
      out_(out),
      out_stride_(out_stride),
      row_bytes_(3 * int64_t{region.width}) {
  const Window columns = span_of(across_, region.left, region.width);
  const Window rows = span_of(down_, region.top, region.height);
  first_row_ = begin_ = rows.start;
  end_row_ = rows.start + rows.count;
  left_ = columns.start - (across_.is_identity() ? 0 : columns.start % 2);
  pixels_ = columns.start + columns.count - left_;
  if (!across_.is_identity()) {
    taps_ = column_taps(across_, region.left, region.width, left_);
    strip_.resize(static_cast<size_t>(strip_bytes(pixels_)));
    mixed_.resize(static_cast<size_t>(kColumnBytes * region.width));
  }
  // Rows are moved to the front when there is no room for a strip: twice as many as are needed, so
  // that each is moved about once.
  const int64_t window = down_.is_identity() ? 1 : down_.widest();
  capacity_ = std::min(2 * window + 2 * kStripRows, rows.count + kStripRows);
  rows_.resize(static_cast<size_t>(capacity_ * row_bytes_));
}

int64_t ResizeStream::columns_at_once(Extent input, const Box& box, Extent size, Filter filter) {
  const Axis across(input.width, box.left, box.right, size.width, filter);
  const Axis down(input.height, box.top, box.bottom, size.height, filter);
  const int64_t for_rows = 3 * (2 * down.widest() + 2 * kStripRows);
  const int64_t for_strip = (4 + kPairBytes / 2) * across.widest() + kColumnBytes;
  return std::max<int64_t>(1, kWorkBytes / (for_rows + for_strip));
}

void ResizeStream::add(const uint8_t* rgb, int64_t stride, int64_t count) {
  PUENTE_ASSERT(count >= 1 && count <= kStripRows && begin_ + held_ + count <= end_row_);
  if (held_ + count > capacity_) {
    const int64_t unused = span_of(down_, region_.top + done_, 1).start - begin_;
    std::memmove(rows_.data(), rows_.data() + unused * row_bytes_,
                 static_cast<size_t>((held_ - unused) * row_bytes_));
    begin_ += unused;
    held_ -= unused;
    PUENTE_ASSERT(held_ + count <= capacity_);
  }
  across_strip(rgb, stride, count, rows_.data() + held_ * row_bytes_);
  held_ += count;
  emit();
}

void ResizeStream::across_strip(const uint8_t* rgb, int64_t stride, int64_t count,
                                uint8_t* target) {
  if (across_.is_identity()) {
    for (int64_t row = 0; row < count; ++row) {
      std::memcpy(target + row * row_bytes_, rgb + row * stride, static_cast<size_t>(row_bytes_));
    }
    return;
  }
  std::array<const uint8_t*, kStripRows> rows;
  for (int64_t row = 0; row < kStripRows; ++row) {
    rows[row] = rgb + std::min(row, count - 1) * stride;  // a short strip repeats its last row
  }
  fill_strip(rows.data(), pixels_, strip_.data());
  mix_columns(strip_.data(), taps_, mixed_.data());
  unpack_rows(mixed_.data(), region_.width, count, target, row_bytes_);
}

/// Writes every row of the result whose window is complete.
void ResizeStream::emit() {
  for (; done_ < region_.height; ++done_) {
    const int64_t row = region_.top + done_;
    const Window window = span_of(down_, row, 1);
    if (window.start + window.count > begin_ + held_) return;
    const uint8_t* source = rows_.data() + (window.start - begin_) * row_bytes_;
    uint8_t* target = out_ + done_ * out_stride_;
    if (down_.is_identity()) {
      std::memcpy(target, source, static_cast<size_t>(row_bytes_));
      continue;
    }
    down_.weights(row, weights_);
    mix_rows(source, row_bytes_, weights_.data(), window.count, row_bytes_, target);
  }
}

}  // namespace puente::image_detail
