// DICOM: one frame of its pixel data to RGB, as decode.h says.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "image/bytes.h"
#include "image/codec.h"
#include "image/dicom_codec.h"
#include "image/dicom_data.h"
#include "image/dicom_gray.h"
#include "image/pixels.h"

namespace puente::image_detail {
namespace {

constexpr DicomTag kSamplesPerPixel = 0x00280002, kPhotometric = 0x00280004, kPlanar = 0x00280006;
constexpr DicomTag kFrames = 0x00280008, kRows = 0x00280010, kColumns = 0x00280011;
constexpr DicomTag kBitsAllocated = 0x00280100, kBitsStored = 0x00280101, kHighBit = 0x00280102;
constexpr DicomTag kPixelRepresentation = 0x00280103;
constexpr DicomTag kPaletteDescriptors = 0x00281101, kPaletteData = 0x00281201,
                   kSegmentedPalette = 0x00281221;
constexpr DicomTag kShared = 0x52009229, kPerFrame = 0x52009230;
constexpr DicomTag kFrameVoi = 0x00289132, kPixelValueTransformation = 0x00289145;
constexpr DicomTag kExtendedOffsets = 0x7FE00001, kFloatPixels = 0x7FE00008,
                   kDoublePixels = 0x7FE00009, kPixelData = 0x7FE00010;

enum class DicomColour { monochrome1, monochrome2, palette, rgb, ybr_full, ybr_full_422 };

/// PS3.3 C.7.6.3.1.2.
struct Photometric {
  const char* name;
  DicomColour colour;
};
constexpr Photometric kPhotometrics[] = {
    {"MONOCHROME1", DicomColour::monochrome1}, {"MONOCHROME2", DicomColour::monochrome2},
    {"PALETTE COLOR", DicomColour::palette},   {"RGB", DicomColour::rgb},
    {"YBR_FULL", DicomColour::ybr_full},       {"YBR_FULL_422", DicomColour::ybr_full_422}};

const Photometric& photometric_of(std::string_view name) {
  for (const Photometric& known : kPhotometrics) {
    if (name == known.name) return known;
  }
  // The file's word is not repeated: in a damaged file it could be anything.
  bad_picture(
      "the DICOM's photometric interpretation is not supported; MONOCHROME1 and 2, PALETTE COLOR, "
      "RGB, YBR_FULL and YBR_FULL_422 are");
}

/// What the pixel data hold (PS3.3 C.7.6.3), checked.
struct PixelLayout {
  int64_t width = 0;
  int64_t height = 0;
  int64_t frames = 1;
  int samples_per_pixel = 1;
  DicomSamples samples;
  Photometric photometric = kPhotometrics[1];
  bool planes = false;  // one plane after another
  bool packed = false;
  bool big_endian = false;

  int64_t pixels() const { return width * height; }
  /// Of one frame that is not packed.
  int64_t frame_bytes() const {
    const bool halved = photometric.colour == DicomColour::ybr_full_422 && !packed;
    return pixels() * (halved ? 2 : samples_per_pixel) * samples.bits_allocated / 8;
  }
};

uint32_t required(const DicomItem& data, DicomTag tag, const char* name) {
  const std::optional<uint32_t> value = data.number16(tag);
  if (!value) bad_picture("the DICOM is damaged: it does not say its {}", name);
  return *value;
}

const DicomElement& pixels_of(const DicomItem& data) {
  const DicomElement* pixels = data.find(kPixelData);
  if (pixels != nullptr && !pixels->value.empty()) return *pixels;
  if (data.find(kFloatPixels) != nullptr || data.find(kDoublePixels) != nullptr) {
    bad_picture("the DICOM's pixels are floating-point, which is not supported");
  }
  bad_picture("the DICOM holds no picture (a report, a plan or the like, without pixel data)");
}

void check_samples(const PixelLayout& layout) {
  const DicomSamples& s = layout.samples;
  if (s.bits_allocated != 8 && s.bits_allocated != 16) {
    bad_picture("the DICOM has {} bits a sample; 8 or 16 allocated can be read", s.bits_allocated);
  }
  if (s.bits_stored < 1 || s.high_bit < s.bits_stored - 1 || s.high_bit >= s.bits_allocated) {
    bad_picture("the DICOM is damaged: {} bits up to bit {} in {} are impossible", s.bits_stored,
                s.high_bit, s.bits_allocated);
  }
  const DicomColour colour = layout.photometric.colour;
  const bool in_colour = colour >= DicomColour::rgb;
  if (layout.samples_per_pixel != (in_colour ? 3 : 1)) {
    bad_picture("the DICOM is damaged: {} samples a pixel do not go with {}",
                layout.samples_per_pixel, layout.photometric.name);
  }
  if (in_colour && (s.bits_stored < 8 || (colour != DicomColour::rgb && s.bits_stored != 8))) {
    bad_picture("the DICOM has {} of {} bits, which is not supported", layout.photometric.name,
                s.bits_stored);
  }
  if (colour == DicomColour::ybr_full_422 && !layout.packed && layout.width % 2 != 0) {
    bad_picture("the DICOM is damaged: pairs of pixels share colours, and its width is odd");
  }
}

PixelLayout read_layout(const DicomFile& file) {
  const DicomItem& data = file.data;
  const DicomElement& pixels = pixels_of(data);
  PixelLayout layout;
  layout.height = required(data, kRows, "rows");
  layout.width = required(data, kColumns, "columns");
  check_size(layout.width, layout.height);
  layout.samples_per_pixel = static_cast<int>(data.number16(kSamplesPerPixel).value_or(1));
  DicomSamples& samples = layout.samples;
  samples.bits_allocated = static_cast<int>(required(data, kBitsAllocated, "bits allocated"));
  samples.bits_stored =
      static_cast<int>(data.number16(kBitsStored).value_or(samples.bits_allocated));
  samples.high_bit = static_cast<int>(data.number16(kHighBit).value_or(samples.bits_stored - 1));
  samples.is_signed = data.number16(kPixelRepresentation).value_or(0) == 1;
  const std::string& syntax = file.transfer_syntax;
  layout.packed = syntax.starts_with("1.2.840.10008.1.2.4.") || syntax == "1.2.840.10008.1.2.5";
  layout.big_endian = pixels.encoding.big_endian;
  if (layout.packed) check_dicom_packing(syntax);
  const DicomElement* photometric = data.find(kPhotometric);
  if (photometric == nullptr) {
    bad_picture("the DICOM is damaged: it does not say its photometric interpretation");
  }
  layout.photometric = photometric_of(photometric->text());
  layout.planes = layout.samples_per_pixel > 1 && data.number16(kPlanar).value_or(0) == 1;
  check_samples(layout);
  if (const DicomElement* frames = data.find(kFrames); frames != nullptr) {
    const double count = frames->number().value_or(1);
    if (!(count >= 1 && count <= 1e9))
      bad_picture("the DICOM is damaged: its number of frames is impossible");
    layout.frames = static_cast<int64_t>(count);
  }
  if (!layout.packed) {
    const auto there = static_cast<int64_t>(pixels.value.size());
    if (there / layout.frame_bytes() < layout.frames) {
      bad_picture(
          "the DICOM is damaged or cut short: {} bytes of pixels where {} frames of {} x {} "
          "need {} each",
          there, layout.frames, layout.width, layout.height, layout.frame_bytes());
    }
  }
  return layout;
}

void check_frame(const PixelLayout& layout, int frame) {
  if (frame <= layout.frames) return;
  bad_picture("frame {} is asked for, and the DICOM has {} (they count from 1)", frame,
              layout.frames);
}

bool starts_jpeg(Bytes fragment) { return has_text(fragment, 0, "\xFF\xD8"); }

/// Which fragments (from 0, without the offset table) a frame's data are: [first, last).
std::pair<size_t, size_t> fragments_of_frame(const DicomFile& file, const PixelLayout& layout,
                                             const std::vector<Bytes>& all, int64_t frame) {
  const size_t count = all.size() - 1;
  const auto index = static_cast<size_t>(frame - 1), frames = static_cast<size_t>(layout.frames);
  if (frames == 1) return {0, count};
  if (count == frames) return {index, index + 1};
  // Where each frame starts: by the table, counted from the first fragment's own header on; else
  // every fragment that starts a JPEG does.
  std::vector<size_t> starts;
  const DicomElement* extended = file.data.find(kExtendedOffsets);
  const Bytes table = all[0];
  const bool long_table = extended != nullptr && extended->value.size() >= 8 * frames;
  const bool has_table = long_table || table.size() >= 4 * frames;
  uint64_t at = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t next = starts.size();
    bool is_start = starts_jpeg(all[i + 1]);
    if (has_table) {
      is_start = next < frames &&
                 at == (long_table ? uint64_t{little32(extended->value, 8 * next)} |
                                         uint64_t{little32(extended->value, 8 * next + 4)} << 32
                                   : uint64_t{little32(table, 4 * next)});
    }
    if (is_start) starts.push_back(i);
    at += 8 + all[i + 1].size();
  }
  if (starts.size() != frames) {
    bad_picture("the DICOM is damaged: its packed pixels are not those of {} frames", frames);
  }
  return {starts[index], index + 1 < frames ? starts[index + 1] : count};
}

std::vector<uint8_t> packed_bytes(const DicomFile& file, const PixelLayout& layout, int frame) {
  const std::vector<Bytes> all = dicom_fragments(*file.data.find(kPixelData));
  if (all.size() < 2) bad_picture("the DICOM holds no picture (its pixel data are empty)");
  const auto [first, last] = fragments_of_frame(file, layout, all, frame);
  std::vector<uint8_t> bytes;
  for (size_t i = first; i < last; ++i) {
    const auto* data = reinterpret_cast<const uint8_t*>(all[i + 1].data());
    bytes.insert(bytes.end(), data, data + all[i + 1].size());
  }
  return bytes;
}

/// One frame's samples, plain: a view into the file, or what was unpacked.
struct DicomFrame {
  PixelLayout layout;  // of this frame: after unpacking its colours and order may be others
  std::vector<uint8_t> unpacked;
  const uint8_t* bytes = nullptr;

  uint32_t word(int64_t i) const {
    if (layout.samples.bits_allocated == 8) return bytes[i];
    const uint32_t low = bytes[2 * i], high = bytes[2 * i + 1];
    return layout.big_endian ? low << 8 | high : high << 8 | low;
  }
};

DicomFrame read_frame(const DicomFile& file, const PixelLayout& layout, int frame) {
  DicomFrame result{layout, {}, nullptr};
  if (!layout.packed) {
    const Bytes value = file.data.find(kPixelData)->value;
    result.bytes =
        reinterpret_cast<const uint8_t*>(value.data()) + (frame - 1) * layout.frame_bytes();
    return result;
  }
  DicomPlainFrame plain = unpack_dicom_frame(
      {file.transfer_syntax, layout.width, layout.height, layout.samples_per_pixel, layout.samples,
       layout.photometric.name, packed_bytes(file, layout, frame)});
  result.unpacked = std::move(plain.bytes);
  result.bytes = result.unpacked.data();
  result.layout.photometric = photometric_of(plain.photometric);
  if (result.layout.photometric.colour == DicomColour::ybr_full_422) {
    result.layout.photometric = photometric_of("YBR_FULL");  // each pixel has its own by now
  }
  result.layout.planes = false;
  result.layout.big_endian = false;
  return result;
}

/// Functional groups: what holds for this frame, else for all of them, else the data set itself.
DicomItem module_of(const DicomItem& data, DicomTag macro, int frame) {
  for (const DicomTag groups : {kPerFrame, kShared}) {
    const std::optional<DicomItem> item = data.item(groups, groups == kPerFrame ? frame - 1 : 0);
    if (!item) continue;
    if (std::optional<DicomItem> module = item->item(macro, 0)) return *std::move(module);
  }
  return data;
}

DicomGrayModules gray_modules(const DicomItem& data, int frame) {
  return {module_of(data, kPixelValueTransformation, frame), module_of(data, kFrameVoi, frame),
          &data};
}

void show_gray(const DicomFrame& frame, const DicomItem& data, int number, Image& image) {
  const DicomSamples& samples = frame.layout.samples;
  const int64_t count = frame.layout.pixels();
  std::vector<bool> occurs(size_t{1} << samples.bits_stored);
  for (int64_t i = 0; i < count; ++i) occurs[samples.bits(frame.word(i))] = true;
  const std::vector<uint8_t> table =
      dicom_gray_table(samples, gray_modules(data, number),
                       frame.layout.photometric.colour == DicomColour::monochrome1, occurs);
  for (int64_t i = 0; i < count; ++i) {
    put_gray(&image.rgb[static_cast<size_t>(3 * i)], table[samples.bits(frame.word(i))]);
  }
}

/// One colour of a palette (PS3.3 C.7.6.3.1.5), as 8-bit numbers; index 0 is for stored value
/// `first`.
struct PaletteColour {
  int32_t first = 0;
  std::vector<uint8_t> values;
};

PaletteColour read_palette(const DicomItem& data, DicomTag colour, const DicomSamples& samples) {
  const DicomElement* descriptor = data.find(kPaletteDescriptors + colour);
  const DicomElement* entries = data.find(kPaletteData + colour);
  if (descriptor != nullptr && entries == nullptr && data.find(kSegmentedPalette) != nullptr) {
    bad_picture("the DICOM's palette is in segments, which is not supported");
  }
  if (descriptor == nullptr || descriptor->words() < 3 || entries == nullptr) {
    bad_picture("the DICOM is damaged: it has no palette");
  }
  const size_t count = descriptor->word(0) == 0 ? 65536 : descriptor->word(0);
  PaletteColour palette;
  const uint32_t first = descriptor->word(1);
  palette.first = samples.is_signed ? static_cast<int16_t>(first) : static_cast<int32_t>(first);
  const bool in_bytes = descriptor->word(2) <= 8 && entries->value.size() < 2 * count;
  if ((in_bytes ? entries->value.size() : entries->words()) < count) {
    bad_picture("the DICOM is damaged: its palette is not whole");
  }
  // Palettes said to be of 16 bits may hold 8.
  int shift = 0;
  for (size_t i = 0; i < count && !in_bytes; ++i) {
    if (entries->word(i) > 255) shift = 8;
  }
  palette.values.resize(count);
  for (size_t i = 0; i < count; ++i) {
    palette.values[i] =
        static_cast<uint8_t>(in_bytes ? byte_at(entries->value, i) : entries->word(i) >> shift);
  }
  return palette;
}

void show_palette(const DicomFrame& frame, const DicomItem& data, Image& image) {
  const DicomSamples& samples = frame.layout.samples;
  for (DicomTag colour = 0; colour < 3; ++colour) {
    const PaletteColour palette = read_palette(data, colour, samples);
    const auto last = static_cast<int64_t>(palette.values.size()) - 1;
    for (int64_t i = 0; i < frame.layout.pixels(); ++i) {
      const int64_t index = samples.value(samples.bits(frame.word(i))) - int64_t{palette.first};
      image.rgb[static_cast<size_t>(3 * i) + colour] =
          palette.values[static_cast<size_t>(std::clamp<int64_t>(index, 0, last))];
    }
  }
}

/// PS3.3 C.7.6.3.1.2's equations turned round.
void put_ybr(uint8_t* rgb, int luminance, int cb, int cr) {
  const auto y = static_cast<float>(luminance);
  const auto b = static_cast<float>(cb - 128), r = static_cast<float>(cr - 128);
  const auto byte = [](float v) {
    return static_cast<uint8_t>(std::clamp(std::floor(v + 0.5f), 0.f, 255.f));
  };
  rgb[0] = byte(y + 1.402f * r);
  rgb[1] = byte(y + -0.114f * 1.772f / 0.587f * b + -0.299f * 1.402f / 0.587f * r);
  rgb[2] = byte(y + 1.772f * b);
}

void show_colour(const DicomFrame& frame, Image& image) {
  const PixelLayout& layout = frame.layout;
  const int64_t count = layout.pixels();
  const int64_t step = layout.planes ? 1 : 3, plane = layout.planes ? count : 1;
  const int shift = layout.samples.bits_stored - 8;
  for (int64_t i = 0; i < count; ++i) {
    uint8_t* rgb = &image.rgb[static_cast<size_t>(3 * i)];
    if (layout.photometric.colour == DicomColour::ybr_full_422) {
      const uint8_t* pair = frame.bytes + i / 2 * 4;  // Y, Y, Cb, Cr
      put_ybr(rgb, pair[i % 2], pair[2], pair[3]);
      continue;
    }
    std::array<uint8_t, 3> colours{};
    for (int64_t c = 0; c < 3; ++c) {
      const uint32_t bits = layout.samples.bits(frame.word(i * step + c * plane));
      colours[static_cast<size_t>(c)] = static_cast<uint8_t>(bits >> shift);
    }
    if (layout.photometric.colour == DicomColour::ybr_full) {
      put_ybr(rgb, colours[0], colours[1], colours[2]);
    } else {
      std::ranges::copy(colours, rgb);
    }
  }
}

}  // namespace

Decoded decode_dicom(Bytes bytes, int frame) {
  const DicomFile file = read_dicom_file(bytes);
  const PixelLayout layout = read_layout(file);
  check_frame(layout, frame);
  const DicomFrame shown = read_frame(file, layout, frame);
  Image image{static_cast<int>(layout.width), static_cast<int>(layout.height), {}};
  image.rgb.resize(3 * static_cast<size_t>(layout.pixels()));
  switch (shown.layout.photometric.colour) {
    case DicomColour::monochrome1:
    case DicomColour::monochrome2:
      show_gray(shown, file.data, frame, image);
      break;
    case DicomColour::palette:
      show_palette(shown, file.data, image);
      break;
    default:
      show_colour(shown, image);
  }
  return {std::move(image)};
}

bool dicom_is_whole(Bytes bytes, int frame) {
  const DicomFile file = read_dicom_file(bytes);
  const PixelLayout layout = read_layout(file);
  check_frame(layout, frame);
  // Packed pixels end with a delimiter, which was found. Tables may still be damaged.
  if (layout.packed) packed_bytes(file, layout, frame);
  if (layout.photometric.colour <= DicomColour::monochrome2) {
    dicom_gray_table(layout.samples, gray_modules(file.data, frame), false, {});
  } else if (layout.photometric.colour == DicomColour::palette) {
    for (DicomTag colour = 0; colour < 3; ++colour) {
      read_palette(file.data, colour, layout.samples);
    }
  }
  return true;
}

}  // namespace puente::image_detail
