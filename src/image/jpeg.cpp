// JPEG through libjpeg-turbo, set up as Pillow sets it up: accurate integer DCT, fancy upsampling.
#include <setjmp.h>
#include <stdio.h>
// jpeglib.h needs FILE and size_t to be there.
#include <algorithm>
#include <cstring>
#include <jpeglib.h>
#include <vector>

#include "base/error.h"
#include "image/bytes.h"
#include "image/exif.h"
#include "image/jpeg.h"
#include "image/pixels.h"

namespace puente::image_detail {
namespace {

constexpr const char* kJpegCutShort =
    "the JPEG ends too early: the file is cut short; copy it again";
/// Real progressive files have about ten scans; a file with thousands is made to waste time.
constexpr int kMaxScans = 500;

}  // namespace

/// One libjpeg decompressor over bytes in memory. libjpeg leaves by longjmp on an error, so the
/// functions that call it hold no object with a destructor; the message waits here to be thrown.
struct JpegReader {
  explicit JpegReader(Bytes bytes);
  ~JpegReader() { jpeg_destroy_decompress(&info); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  [[noreturn]] void raise() const {
    if (cut_short) bad_picture("{}", kJpegCutShort);
    bad_picture("the JPEG is damaged: {}", message);
  }

  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  jmp_buf escape;
  char message[JMSG_LENGTH_MAX] = "";
  bool cut_short = false;
  std::vector<uint8_t> line;  // one row of CMYK, where the picture is that
};

namespace {

JpegReader& reader_of(j_common_ptr info) { return *static_cast<JpegReader*>(info->client_data); }
JpegReader& reader_of(j_decompress_ptr info) {
  return *static_cast<JpegReader*>(info->client_data);
}

void on_error(j_common_ptr info) {
  JpegReader& reader = reader_of(info);
  info->err->format_message(info, reader.message);
  longjmp(reader.escape, 1);
}
void ignore_message(j_common_ptr) {}

// The whole file is in the buffer from the start: being asked for more means that it is cut short.
boolean on_no_more_data(j_decompress_ptr info) {
  JpegReader& reader = reader_of(info);
  reader.cut_short = true;
  longjmp(reader.escape, 1);
}
void skip_bytes(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if (static_cast<size_t>(count) > info->src->bytes_in_buffer) on_no_more_data(info);
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= static_cast<size_t>(count);
}
void nothing_to_do(j_decompress_ptr) {}

void watch_scans(j_common_ptr info) {
  JpegReader& reader = reader_of(info);
  if (reader.info.input_scan_number <= kMaxScans) return;
  snprintf(reader.message, sizeof reader.message, "more than %d scans", kMaxScans);
  longjmp(reader.escape, 1);
}

}  // namespace

JpegReader::JpegReader(Bytes bytes) {
  info.err = jpeg_std_error(&errors);
  errors.error_exit = on_error;
  errors.output_message = ignore_message;
  info.client_data = this;
  if (setjmp(escape)) raise();
  jpeg_create_decompress(&info);
  source.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
  source.bytes_in_buffer = bytes.size();
  source.init_source = nothing_to_do;
  source.fill_input_buffer = on_no_more_data;
  source.skip_input_data = skip_bytes;
  source.resync_to_restart = jpeg_resync_to_restart;
  source.term_source = nothing_to_do;
  info.src = &source;
  progress.progress_monitor = watch_scans;
  info.progress = &progress;
}

namespace {

bool read_header(JpegReader& reader) {
  if (setjmp(reader.escape)) return false;
  jpeg_read_header(&reader.info, TRUE);
  return true;
}

bool start(JpegReader& reader, int divisor) {
  if (setjmp(reader.escape)) return false;
  reader.info.scale_num = 1;
  reader.info.scale_denom = static_cast<unsigned>(divisor);
  jpeg_start_decompress(&reader.info);
  return true;
}

/// Reads the header and checks it; afterwards the output colour space is set.
void open(JpegReader& reader, Bytes bytes) {
  if (!read_header(reader)) reader.raise();
  const jpeg_decompress_struct& info = reader.info;
  check_size(info.image_width, info.image_height);
  if (info.num_components != 1 && info.num_components != 3 && info.num_components != 4) {
    bad_picture("the JPEG has {} channels; 1, 3 or 4 can be read", info.num_components);
  }
  // A Huffman-coded block takes a bit at least, and a block covers at most 32 x 32 pixels here.
  // This refuses a few bytes that claim to be an enormous picture before memory is taken for it.
  const uint64_t pixels = uint64_t{info.image_width} * info.image_height;
  if (!info.arith_code && pixels / 8192 > bytes.size()) bad_picture("{}", kJpegCutShort);
  reader.info.out_color_space = info.num_components == 4 ? JCS_CMYK : JCS_RGB;
}

bool crop(JpegReader& reader, JDIMENSION* first, JDIMENSION* count) {
  if (setjmp(reader.escape)) return false;
  jpeg_crop_scanline(&reader.info, first, count);
  return true;
}

/// The next `count` rows.
bool read_rows(JpegReader& reader, uint8_t* rgb, int64_t count) {
  if (setjmp(reader.escape)) return false;
  jpeg_decompress_struct& info = reader.info;
  const size_t width = info.output_width;
  for (int64_t i = 0; i < count; ++i) {
    uint8_t* target = rgb + 3 * width * static_cast<size_t>(i);
    JSAMPROW row = info.output_components == 3 ? target : reader.line.data();
    jpeg_read_scanlines(&info, &row, 1);
    if (info.output_components == 3) continue;
    for (size_t x = 0; x < width; ++x) {
      const uint8_t* light = row + 4 * x;
      put_cmyk(target + 3 * x, static_cast<uint8_t>(255 - light[0]),
               static_cast<uint8_t>(255 - light[1]), static_cast<uint8_t>(255 - light[2]),
               static_cast<uint8_t>(255 - light[3]));
    }
  }
  return true;
}

bool end(JpegReader& reader) {
  if (setjmp(reader.escape)) return false;
  jpeg_finish_decompress(&reader.info);
  return true;
}

/// A segment between two markers: where its payload lies. `at` is that of the next marker's 0xFF.
struct Segment {
  uint32_t marker = 0;
  Bytes payload;
};

/// Reads the segment whose 0xFF is at `at` and moves `at` behind it; false at the end or at
/// rubbish.
bool next_segment(Bytes bytes, size_t& at, Segment& segment) {
  if (at >= bytes.size() || byte_at(bytes, at) != 0xFF) return false;
  while (at < bytes.size() && byte_at(bytes, at) == 0xFF) ++at;  // fill bytes are allowed
  if (at >= bytes.size()) return false;
  segment.marker = byte_at(bytes, at++);
  segment.payload = {};
  const bool bare = segment.marker == 0xD8 || segment.marker == 0xD9 ||
                    (segment.marker >= 0xD0 && segment.marker <= 0xD7) || segment.marker == 0x01;
  if (bare) return true;
  if (segment.marker == 0 || bytes.size() - at < 2) return false;
  const size_t length = big16(bytes, at);
  if (length < 2 || bytes.size() - at < length) return false;
  segment.payload = bytes.subspan(at + 2, length - 2);
  at += length;
  return true;
}

int jpeg_orientation(Bytes bytes) {
  size_t at = 0;
  Segment segment;
  while (next_segment(bytes, at, segment) && segment.marker != 0xDA) {
    if (segment.marker == 0xE1 && has_text(segment.payload, 0, std::string_view("Exif\0\0", 6))) {
      return exif_orientation(segment.payload.subspan(6));
    }
  }
  return 1;
}

/// True if the bytes from `at` are compressed data (with its restart markers) and then the end.
bool ends_after_scan(Bytes bytes, size_t at) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  while (at < bytes.size()) {
    const void* found = std::memchr(data + at, 0xFF, bytes.size() - at);
    if (found == nullptr) return false;
    at = static_cast<size_t>(static_cast<const unsigned char*>(found) - data) + 1;
    while (at < bytes.size() && data[at] == 0xFF) ++at;
    if (at >= bytes.size()) return false;
    if (data[at] == 0xD9) return true;
    if (data[at] != 0 && (data[at] < 0xD0 || data[at] > 0xD7)) return false;
  }
  return false;
}

}  // namespace

JpegRows::JpegRows(Bytes bytes) : bytes_(bytes), reader_(std::make_unique<JpegReader>(bytes)) {
  open(*reader_, bytes);
}

JpegRows::~JpegRows() = default;

Extent JpegRows::stored_size() const {
  return {reader_->info.image_width, reader_->info.image_height};
}

int JpegRows::orientation() const { return jpeg_orientation(bytes_); }

void JpegRows::start(int divisor) {
  if (!image_detail::start(*reader_, divisor)) reader_->raise();
  if (reader_->info.output_components == 4) {
    reader_->line.resize(4 * size_t{reader_->info.output_width});
  }
}

Extent JpegRows::size() const { return {reader_->info.output_width, reader_->info.output_height}; }

int64_t JpegRows::keep_columns(int64_t first, int64_t count) {
  // Colour that is stored at half the width is interpolated between neighbours, which libjpeg does
  // not have at the edge of what it keeps.
  constexpr int64_t kMargin = 16;
  const int64_t width = size().width;
  const int64_t end = std::min(width, first + count + kMargin);
  const int64_t begin = std::max<int64_t>(0, first - kMargin);
  if (10 * (end - begin) > 9 * width) return 0;  // not worth it
  auto from = static_cast<JDIMENSION>(begin);
  auto kept = static_cast<JDIMENSION>(end - begin);
  if (!crop(*reader_, &from, &kept)) reader_->raise();
  return from;
}

void JpegRows::read(uint8_t* rgb, int64_t count) {
  PUENTE_ASSERT(reader_->info.output_scanline + count <= reader_->info.output_height);
  if (!read_rows(*reader_, rgb, count)) reader_->raise();
}

void JpegRows::finish() {
  if (!end(*reader_)) reader_->raise();
}

Image read_all(JpegRows& jpeg) {
  const Extent size = jpeg.size();
  Image image{static_cast<int>(size.width), static_cast<int>(size.height), {}};
  image.rgb.resize(3 * static_cast<size_t>(size.width * size.height));
  jpeg.read(image.rgb.data(), size.height);
  jpeg.finish();
  return image;
}

Decoded decode_jpeg(Bytes bytes) {
  JpegRows jpeg(bytes);
  jpeg.start();
  return {read_all(jpeg), jpeg.orientation()};
}

// A baseline file of one scan, whose tables libjpeg accepts and whose scan is followed by the end
// marker, decodes: what may be wrong inside the scan is stepped over. Progressive files have many
// scans with rules of their own and are left to decoding.
bool jpeg_is_whole(Bytes bytes) {
  size_t at = 0;
  Segment segment;
  bool sequential = false;
  size_t channels = 0;
  while (next_segment(bytes, at, segment) && segment.marker != 0xDA) {
    if (segment.marker == 0xC0 || segment.marker == 0xC1) {
      if (segment.payload.size() < 6) return false;
      sequential = true;
      channels = byte_at(segment.payload, 5);
    }
  }
  const bool one_scan =
      segment.marker == 0xDA && !segment.payload.empty() && byte_at(segment.payload, 0) == channels;
  if (!sequential || !one_scan || !ends_after_scan(bytes, at)) return false;
  JpegReader reader(bytes);
  open(reader, bytes);
  if (!start(reader, 1)) reader.raise();
  return true;
}

}  // namespace puente::image_detail
