// dcmtk's own configuration comes before its other headers.
#include <dcmtk/config/osconfig.h>
//
#include <algorithm>
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcvrcs.h>
#include <dcmtk/dcmdata/dcvrus.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "image/bytes.h"
#include "image/dicom_codec.h"

namespace puente::image_detail {
namespace {

constexpr std::string_view kRle = "1.2.840.10008.1.2.5";

/// DCMTK's decoders are registered once for the program. Its log is silenced for good: it would
/// write to standard error.
void prepare_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
  });
}

/// Transfer syntaxes (PS3.6 A) that say how pixels are packed, and that are not read.
const char* name_of_unread(std::string_view uid) {
  constexpr std::string_view kPrefix = "1.2.840.10008.1.2.4.";
  if (!uid.starts_with(kPrefix)) return nullptr;
  const std::string_view number = uid.substr(kPrefix.size());
  if (number >= "90" && number <= "93" && number.size() == 2) return "JPEG 2000";
  if (number.starts_with("20") && number.size() == 3) return "high-throughput JPEG 2000";
  if (number.starts_with("11") && number.size() == 3) return "JPEG XL";
  if (number.starts_with("10") && number.size() >= 3) return "a video";
  if (number == "94" || number == "95") return "a reference to another server";
  return nullptr;
}

bool is_read(std::string_view uid) {
  for (const char* jpeg : {"50", "51", "53", "55", "57", "70", "80", "81"}) {
    if (uid == std::string("1.2.840.10008.1.2.4.") + jpeg) return true;
  }
  return uid == kRle;
}

/// What the frame header of a JPEG or JPEG-LS says (ISO 10918-1 B.2.2, ISO 14495-1 C.2.2).
struct JpegFrame {
  int bits = 0;
  int64_t height = 0;
  int64_t width = 0;
  int components = 0;
};

std::optional<JpegFrame> jpeg_frame(Bytes bytes) {
  for (size_t at = 2; at + 4 <= bytes.size();) {
    if (byte_at(bytes, at) != 0xFF) return std::nullopt;
    const uint32_t marker = byte_at(bytes, at + 1);
    if (marker == 0xFF) {  // fill
      ++at;
      continue;
    }
    const size_t length = big16(bytes, at + 2);
    const bool is_frame =
        (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) ||
        marker == 0xF7;
    if (is_frame) {
      if (bytes.size() - at < 10) return std::nullopt;
      return JpegFrame{static_cast<int>(byte_at(bytes, at + 4)), big16(bytes, at + 5),
                       big16(bytes, at + 7), static_cast<int>(byte_at(bytes, at + 9))};
    }
    at += 2 + length;
  }
  return std::nullopt;
}

/// The samples of a JPEG whose frame header says `bits`, in the DICOM's terms. Above 8 bits the
/// decoders write words, else bytes.
DicomSamples jpeg_samples(DicomSamples samples, int bits) {
  const bool fewer = bits < samples.bits_stored;
  const bool out_of_place = samples.high_bit >= bits && bits > samples.bits_stored;
  if (out_of_place || (fewer && samples.is_signed)) {
    bad_picture(
        "the DICOM is damaged: it says {}{} bits up to bit {}, the JPEG in it has {}, and which "
        "of them count is not known",
        samples.is_signed ? "signed samples of " : "", samples.bits_stored, samples.high_bit, bits);
  }
  samples.bits_allocated = bits > 8 ? 16 : 8;
  samples.bits_stored = std::min(samples.bits_stored, bits);
  samples.high_bit = std::min(samples.high_bit, bits - 1);
  return samples;
}

/// The decoders write as many pixels as the JPEG says, not the DICOM.
DicomSamples checked_samples(const DicomPackedFrame& frame, const std::optional<JpegFrame>& jpeg) {
  if (!jpeg || jpeg->bits < 2) bad_picture("the DICOM is damaged: its packed pixels are no JPEG");
  if (jpeg->width != frame.width || jpeg->height != frame.height ||
      jpeg->components != frame.samples_per_pixel || jpeg->bits > frame.samples.bits_allocated) {
    bad_picture(
        "the DICOM is damaged: it says {} x {} pixels of {} x {} bits, the JPEG in it {} x {} of "
        "{} x "
        "{}",
        frame.width, frame.height, frame.samples_per_pixel, frame.samples.bits_allocated,
        jpeg->width, jpeg->height, jpeg->components, jpeg->bits);
  }
  return jpeg_samples(frame.samples, jpeg->bits);
}

/// One segment of run lengths (PS3.5 G.3), a byte for each pixel, to every `step`th byte.
void unpack_rle_segment(std::span<const uint8_t> segment, int64_t count, size_t step,
                        uint8_t* target) {
  const auto damaged = [](bool wrong) {
    if (wrong) bad_picture("the DICOM is damaged or cut short: its run lengths do not fit");
  };
  size_t at = 0;
  for (int64_t done = 0; done < count;) {
    damaged(at >= segment.size());
    const uint8_t code = segment[at++];
    if (code == 128) continue;
    const bool repeated = code > 128;
    const int64_t run = repeated ? 257 - code : code + 1;
    const auto taken = static_cast<size_t>(repeated ? 1 : run);
    damaged(run > count - done || taken > segment.size() - at);
    for (int64_t i = 0; i < run; ++i, ++done, target += step) {
      *target = segment[at + (repeated ? 0 : static_cast<size_t>(i))];
    }
    at += taken;
  }
}

/// PS3.5 G. Not by DCMTK, whose decoder reads beyond the end of damaged data.
std::vector<uint8_t> unpack_rle(const DicomPackedFrame& frame, std::span<const uint8_t> packed) {
  constexpr size_t kHeader = 64;
  const Bytes header = std::as_bytes(packed);
  const auto bytes = static_cast<size_t>(frame.samples.bits_allocated / 8);
  const size_t pixel = bytes * static_cast<size_t>(frame.samples_per_pixel);
  const int64_t count = frame.width * frame.height;
  if (header.size() < kHeader || little32(header, 0) != pixel) {
    bad_picture("the DICOM is damaged: its run lengths have no header, or another one's");
  }
  std::vector<uint8_t> plain(static_cast<size_t>(count) * pixel);
  for (size_t i = 0; i < pixel; ++i) {
    const size_t start = little32(header, 4 * (i + 1));
    const size_t end = i + 1 < pixel ? little32(header, 4 * (i + 2)) : header.size();
    if (start < kHeader || end < start || end > header.size()) {
      bad_picture("the DICOM is damaged: its run lengths are not where they should be");
    }
    // A segment for each byte of each sample, the high byte first.
    const size_t place = i / bytes * bytes + (bytes - 1 - i % bytes);
    unpack_rle_segment(packed.subspan(start, end - start), count, pixel, plain.data() + place);
  }
  return plain;
}

void put_number(DcmDataset& dataset, const DcmTagKey& key, int64_t value) {
  auto element = std::make_unique<DcmUnsignedShort>(DcmTag(key, EVR_US));
  element->putUint16(static_cast<Uint16>(value), 0);
  dataset.insert(element.release());
}

/// What the decoders ask of a data set, and nothing else.
void describe(const DicomPackedFrame& frame, const DicomSamples& samples, DcmDataset& dataset) {
  put_number(dataset, DCM_SamplesPerPixel, frame.samples_per_pixel);
  auto photometric = std::make_unique<DcmCodeString>(DcmTag(DCM_PhotometricInterpretation, EVR_CS));
  photometric->putString(frame.photometric.c_str());
  dataset.insert(photometric.release());
  if (frame.samples_per_pixel > 1) put_number(dataset, DCM_PlanarConfiguration, 0);
  put_number(dataset, DCM_Rows, frame.height);
  put_number(dataset, DCM_Columns, frame.width);
  put_number(dataset, DCM_BitsAllocated, samples.bits_allocated);
  put_number(dataset, DCM_BitsStored, samples.bits_stored);
  put_number(dataset, DCM_HighBit, samples.high_bit);
  put_number(dataset, DCM_PixelRepresentation, samples.is_signed ? 1 : 0);
}

}  // namespace

void check_dicom_packing(const std::string& uid) {
  if (is_read(uid)) return;
  const char* name = name_of_unread(uid);
  bad_picture(
      "the DICOM's pixels are packed as {}, for which Debian's DCMTK has no decoder; unpack the "
      "file "
      "first, such as with `gdcmconv --raw IN OUT` (Debian package libgdcm-tools)",
      name != nullptr ? name : "something unknown");
}

void check_dicom_frame(const DicomPackedFrame& frame, Bytes first_fragment) {
  if (frame.transfer_syntax == kRle) return;
  const std::optional<JpegFrame> jpeg = jpeg_frame(first_fragment);
  if (jpeg) checked_samples(frame, jpeg);
}

DicomPlainFrame unpack_dicom_frame(const DicomPackedFrame& frame, std::span<const uint8_t> packed) {
  check_dicom_packing(frame.transfer_syntax);
  if (frame.transfer_syntax == kRle) {
    return {unpack_rle(frame, packed), frame.photometric, frame.samples};
  }
  DicomPlainFrame plain;
  plain.samples = checked_samples(frame, jpeg_frame(std::as_bytes(packed)));
  prepare_dcmtk();
  DcmDataset dataset;
  describe(frame, plain.samples, dataset);
  DcmPixelSequence sequence(DcmTag(DCM_PixelSequenceTag, EVR_OB));
  for (const bool offsets : {true, false}) {
    auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag, EVR_OB));
    if (!offsets) {
      item->putUint8Array(packed.data(), static_cast<unsigned long>(packed.size()));
    }
    sequence.insert(item.release());
  }
  const auto samples = static_cast<size_t>(frame.width * frame.height * frame.samples_per_pixel);
  const size_t size = samples * static_cast<size_t>(plain.samples.bits_allocated / 8);
  plain.bytes.resize(size + size % 2);
  Uint32 fragment = 1;
  OFString photometric;
  const OFCondition done = DcmCodecList::decodeFrame(
      DcmXfer(frame.transfer_syntax.c_str()), nullptr, &sequence, &dataset, 0, fragment,
      plain.bytes.data(), static_cast<Uint32>(plain.bytes.size()), photometric);
  // The condition's own text may hold what is in the file.
  if (done.bad()) bad_picture("the DICOM is damaged or cut short: its pixels cannot be unpacked");
  plain.photometric.assign(photometric.c_str(), photometric.size());
  return plain;
}

}  // namespace puente::image_detail
