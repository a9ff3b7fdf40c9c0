// Some bands of a TIFF's first page, whatever range their numbers have: read as floats, then
// stretched to 8 bits.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "image/band_samples.h"
#include "image/exif.h"
#include "image/stretch.h"
#include "image/tiff_page.h"

namespace puente {
namespace image_detail {
namespace {

constexpr uint32_t kGdalNodata = 42113;
constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

/// The number that GDAL wrote for samples that are not there; NaN, which no sample equals, if none.
double nodata_of(TIFF* tiff) {
  const TIFFField* field = TIFFFindField(tiff, kGdalNodata, TIFF_ASCII);
  if (field == nullptr) return kNothing;
  char* text = nullptr;
  uint32_t count = 0;
  const bool found = TIFFFieldPassCount(field) ? TIFFGetField(tiff, kGdalNodata, &count, &text)
                                               : TIFFGetField(tiff, kGdalNodata, &text);
  if (!found || text == nullptr) return kNothing;
  std::string_view digits(text, TIFFFieldPassCount(field) ? strnlen(text, count) : strlen(text));
  digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
  double value = kNothing;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

template <class T>
void to_floats(const uint8_t* row, int64_t count, int64_t step, double nodata, float* target) {
  // GDAL writes the number in decimals; what is stored is the nearest that the samples can hold.
  const double missing = std::is_same_v<T, float> ? static_cast<float>(nodata) : nodata;
  for (int64_t x = 0; x < count; ++x) {
    T value;
    std::memcpy(&value, row + x * step, sizeof value);
    const auto wide = static_cast<double>(value);
    const bool there = std::abs(wide) <= std::numeric_limits<float>::max() && wide != missing;
    target[x] = there ? static_cast<float>(value) : kNothing;
  }
}

/// `count` samples in this machine's byte order, `step` bytes apart.
void samples_of_row(const TiffPage& page, const uint8_t* row, int64_t count, int64_t step,
                    double nodata, float* target) {
  const bool is_signed = page.format == SAMPLEFORMAT_INT;
  if (page.format == SAMPLEFORMAT_IEEEFP) {
    if (page.bits == 32) return to_floats<float>(row, count, step, nodata, target);
    return to_floats<double>(row, count, step, nodata, target);
  }
  switch (page.bits) {
    case 8:
      if (is_signed) return to_floats<int8_t>(row, count, step, nodata, target);
      return to_floats<uint8_t>(row, count, step, nodata, target);
    case 16:
      if (is_signed) return to_floats<int16_t>(row, count, step, nodata, target);
      return to_floats<uint16_t>(row, count, step, nodata, target);
    default:
      if (is_signed) return to_floats<int32_t>(row, count, step, nodata, target);
      return to_floats<uint32_t>(row, count, step, nodata, target);
  }
}

void check_bands_there(const TiffPage& page, const std::vector<int>& bands) {
  for (const int band : bands) {
    if (band >= 1 && band <= page.samples) continue;
    bad_picture("band {} is asked for, and the TIFF has {} (they count from 1)", band,
                page.samples);
  }
}

void check_samples_there(const BandSamples& samples, const std::vector<int>& bands) {
  for (size_t i = 0; i < bands.size(); ++i) {
    const std::vector<float>& values = samples.bands[i];
    if (std::ranges::all_of(values, [](float v) { return std::isnan(v); })) {
      bad_picture("band {} holds no data (every sample is nodata or not a number)", bands[i]);
    }
  }
}

uint8_t stretched(float sample, const BandLimits& limits) {
  const double v = sample;
  if (!(v > limits.low)) return 0;  // and NaN
  if (v >= limits.high) return 255;
  return static_cast<uint8_t>((v - limits.low) / (limits.high - limits.low) * 255.0 + 0.5);
}

BandSamples read_bands(Bytes bytes, const std::vector<int>& bands) {
  TiffSource source{.bytes = bytes};
  const TiffHandle handle = open_tiff(source);
  TIFF* tiff = handle.get();
  const TiffPage page = read_tiff_page(tiff, bytes, TiffUse::bands);
  if (source.message[0] != 0) raise_tiff(source);
  check_bands_there(page, bands);
  const TiffBlocks blocks = tiff_blocks(tiff, page);
  const double nodata = nodata_of(tiff);
  BandSamples result{
      static_cast<int>(page.width), static_cast<int>(page.height), page.orientation, {}};
  result.bands.assign(bands.size(),
                      std::vector<float>(static_cast<size_t>(page.width * page.height)));
  std::vector<uint8_t> block(static_cast<size_t>(blocks.bytes));
  const int64_t sample_bytes = page.bits / 8;
  const int64_t step = page.separate ? sample_bytes : sample_bytes * page.samples;
  for (int64_t y = 0; y < page.height; y += blocks.height) {
    const int64_t rows = std::min(blocks.height, page.height - y);
    for (int64_t x = 0; x < page.width; x += blocks.width) {
      const int64_t columns = std::min(blocks.width, page.width - x);
      for (size_t i = 0; i < bands.size(); ++i) {
        const int band = bands[i] - 1;
        if (page.separate || i == 0) {
          read_tiff_block(tiff, source, page, x, y, page.separate ? band : 0, rows, blocks,
                          block.data());
        }
        const uint8_t* first = block.data() + (page.separate ? 0 : band * sample_bytes);
        for (int64_t r = 0; r < rows; ++r) {
          samples_of_row(page, first + r * blocks.row_bytes, columns, step, nodata,
                         result.bands[i].data() + (y + r) * page.width + x);
        }
      }
    }
  }
  check_samples_there(result, bands);
  return result;
}

}  // namespace

void check_tiff_bands(Bytes bytes, const ImageReading& reading) {
  read_bands(bytes, reading.bands);
}

Decoded decode_tiff_bands(Bytes bytes, const ImageReading& reading) {
  BandSamples samples = read_bands(bytes, reading.bands);
  const Stretch& stretch = reading.stretch;
  PUENTE_ASSERT(stretch.of == StretchOf::image || stretch.limits.size() == samples.bands.size());
  Image image{samples.width, samples.height, {}};
  image.rgb.resize(3 * samples.bands[0].size());
  std::vector<float> sorted;
  for (size_t i = 0; i < samples.bands.size(); ++i) {
    const std::vector<float>& values = samples.bands[i];
    BandLimits limits;
    if (stretch.of == StretchOf::set) {
      limits = stretch.limits[i];
    } else {
      sorted = values;
      limits = percentile_limits(sorted, stretch);
    }
    uint8_t* target = image.rgb.data() + i;
    for (const float value : values) {
      *target = stretched(value, limits);
      target += 3;
    }
  }
  if (samples.bands.size() == 1) {
    for (size_t i = 0; i < image.rgb.size(); i += 3) put_gray(&image.rgb[i], image.rgb[i]);
  }
  return {upright(std::move(image), samples.orientation)};
}

}  // namespace image_detail

BandSamples read_band_samples(std::span<const std::byte> bytes, const std::string& name,
                              const std::vector<int>& bands) {
  try {
    image_detail::check_kind(image_detail::kind_of(bytes), {.bands = bands});
    return image_detail::read_bands(bytes, bands);
  } catch (const image_detail::BadPicture& problem) {
    fail("{}: {}", name, problem.what());
  }
}

}  // namespace puente
