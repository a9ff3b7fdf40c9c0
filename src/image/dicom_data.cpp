#include "image/dicom_data.h"

#include <algorithm>
#include <fast_float/fast_float.h>
#include <new>
#include <zlib.h>

#include "image/bytes.h"

namespace puente::image_detail {
namespace {

constexpr DicomTag kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD;
constexpr DicomTag kTransferSyntax = 0x00020010, kPixels = 0x7FE00010;
constexpr uint32_t kUndefined = 0xFFFFFFFF;
constexpr DicomEncoding kImplicit{.explicit_vr = false, .big_endian = false};
// What a deflated data set may become; a small file can claim anything.
constexpr size_t kMostInflated = size_t{1} << 30;

[[noreturn]] void cut_short() {
  bad_picture("the DICOM ends too early: the file is cut short; copy it again");
}

uint32_t short_at(Bytes bytes, size_t at, bool big) {
  return big ? big16(bytes, at) : little16(bytes, at);
}
uint32_t long_at(Bytes bytes, size_t at, bool big) {
  return big ? big32(bytes, at) : little32(bytes, at);
}

bool is_letter(uint32_t c) { return c >= 'A' && c <= 'Z'; }

/// Value representations whose length has four bytes, after two that mean nothing (PS3.5 7.1.2).
bool has_long_form(std::array<char, 2> vr) {
  for (const char* name :
       {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}) {
    if (vr[0] == name[0] && vr[1] == name[1]) return true;
  }
  return false;
}

struct ElementHeader {
  DicomTag tag = 0;
  std::array<char, 2> vr{};
  uint32_t length = 0;
  size_t size = 8;  // of the header itself
};

ElementHeader header_at(Bytes bytes, size_t at, DicomEncoding encoding) {
  if (at > bytes.size() || bytes.size() - at < 8) cut_short();
  const bool big = encoding.big_endian;
  ElementHeader header{.tag = short_at(bytes, at, big) << 16 | short_at(bytes, at + 2, big)};
  const uint32_t first = byte_at(bytes, at + 4), second = byte_at(bytes, at + 5);
  // Some writers put elements without a VR between those with one.
  const bool with_vr =
      encoding.explicit_vr && header.tag >> 16 != 0xFFFE && is_letter(first) && is_letter(second);
  if (!with_vr) {
    header.length = long_at(bytes, at + 4, big);
    return header;
  }
  header.vr = {static_cast<char>(first), static_cast<char>(second)};
  if (!has_long_form(header.vr)) {
    header.length = short_at(bytes, at + 6, big);
    return header;
  }
  if (bytes.size() - at < 12) cut_short();
  header.length = long_at(bytes, at + 8, big);
  header.size = 12;
  return header;
}

/// Inside an element of unknown VR is implicit little endian (PS3.5 6.2.2).
DicomEncoding encoding_inside(const ElementHeader& header, DicomEncoding outside) {
  return header.vr == std::array{'U', 'N'} ? kImplicit : outside;
}

struct End {
  size_t content = 0;  // where the content ends
  size_t next = 0;     // what is behind the delimiter
};

/// The end of a sequence of undefined length whose items start at `at`. A loop, not a recursion: a
/// file may be nested as deeply as it is long. Sequences and items of defined length are stepped
/// over; of those that are open, every second one is an item.
End end_of_sequence(Bytes bytes, size_t at, DicomEncoding encoding) {
  uint64_t depth = 0;
  uint64_t implicit_from = UINT64_MAX;
  for (;;) {
    const ElementHeader header =
        header_at(bytes, at, depth >= implicit_from ? kImplicit : encoding);
    const size_t here = at;
    at += header.size;
    const bool in_item = depth % 2 == 1;
    if (!in_item && header.tag == kSequenceEnd) {
      if (depth == 0) return {here, at};
      --depth;
      if (depth < implicit_from) implicit_from = UINT64_MAX;
      continue;
    }
    if (in_item && header.tag == kItemEnd) {
      --depth;
      continue;
    }
    if (!in_item && header.tag != kItem) {
      bad_picture("the DICOM is damaged: a sequence holds something that is no item");
    }
    if (header.length == kUndefined) {
      ++depth;
      if (in_item && header.vr == std::array{'U', 'N'}) {
        implicit_from = std::min(implicit_from, depth);
      }
      continue;
    }
    if (header.length > bytes.size() - at) cut_short();
    at += header.length;
  }
}

/// The same of an item of undefined length.
End end_of_item(Bytes bytes, size_t at, DicomEncoding encoding) {
  for (;;) {
    const ElementHeader header = header_at(bytes, at, encoding);
    const size_t here = at;
    at += header.size;
    if (header.tag == kItemEnd) return {here, at};
    if (header.length == kUndefined) {
      at = end_of_sequence(bytes, at, encoding_inside(header, encoding)).next;
      continue;
    }
    if (header.length > bytes.size() - at) cut_short();
    at += header.length;
  }
}

/// The element at `at`, which moves behind it.
DicomElement next_element(Bytes bytes, size_t& at, DicomEncoding encoding) {
  const ElementHeader header = header_at(bytes, at, encoding);
  const size_t start = at + header.size;
  DicomElement element{header.tag, header.vr, encoding_inside(header, encoding), {}};
  if (header.length == kUndefined) {
    const End end = end_of_sequence(bytes, start, element.encoding);
    element.value = bytes.subspan(start, end.content - start);
    at = end.next;
    return element;
  }
  if (header.length > bytes.size() - start) cut_short();
  element.value = bytes.subspan(start, header.length);
  at = start + header.length;
  return element;
}

bool describes_pixels(DicomTag tag) {
  const uint32_t group = tag >> 16;
  return group == 0x0028 || group == 0x5200 || group == 0x7FE0;
}

std::vector<std::byte> inflate_all(Bytes deflated) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  std::vector<std::byte> result;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(deflated.data()));
  stream.avail_in = static_cast<uInt>(std::min<size_t>(deflated.size(), UINT32_MAX));
  int status = Z_OK;
  while (status == Z_OK && result.size() < kMostInflated) {
    const size_t had = result.size();
    result.resize(had + std::max<size_t>(had, 1 << 16));
    stream.next_out = reinterpret_cast<Bytef*>(result.data() + had);
    stream.avail_out = static_cast<uInt>(result.size() - had);
    status = inflate(&stream, Z_NO_FLUSH);
    result.resize(result.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status == Z_OK) bad_picture("the DICOM's deflated data are larger than 1 GB");
  if (status == Z_BUF_ERROR) cut_short();
  if (status != Z_STREAM_END) bad_picture("the DICOM is damaged: its data cannot be inflated");
  return result;
}

}  // namespace

uint32_t DicomElement::word(size_t i) const { return short_at(value, 2 * i, encoding.big_endian); }

std::string_view DicomElement::text() const {
  std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
  text = text.substr(0, text.find('\\'));
  constexpr std::string_view kPadding(" \0", 2);
  text.remove_prefix(std::min(text.find_first_not_of(kPadding), text.size()));
  return text.substr(0, text.find_last_not_of(kPadding) + 1);
}

std::optional<double> DicomElement::number() const {
  std::string_view digits = text();
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double result = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = fast_float::from_chars(digits.data(), end, result);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return result;
}

DicomItem::DicomItem(Bytes bytes, DicomEncoding encoding) {
  for (size_t at = 0; at < bytes.size();) {
    const DicomElement element = next_element(bytes, at, encoding);
    if (describes_pixels(element.tag)) elements_.push_back(element);
    if (element.tag == kPixels) break;  // what follows is not needed, nor has it to be whole
  }
}

const DicomElement* DicomItem::find(DicomTag tag) const {
  const auto found = std::ranges::find(elements_, tag, &DicomElement::tag);
  return found == elements_.end() ? nullptr : &*found;
}

std::optional<uint32_t> DicomItem::number16(DicomTag tag) const {
  const DicomElement* element = find(tag);
  if (element == nullptr || element->words() == 0) return std::nullopt;
  return element->word(0);
}

std::optional<DicomItem> DicomItem::item(DicomTag tag, int64_t index) const {
  const DicomElement* sequence = find(tag);
  if (sequence == nullptr) return std::nullopt;
  const Bytes bytes = sequence->value;
  for (size_t at = 0; at < bytes.size(); --index) {
    const ElementHeader header = header_at(bytes, at, sequence->encoding);
    if (header.tag != kItem) return std::nullopt;
    at += header.size;
    End end{at + header.length, at + header.length};
    if (header.length == kUndefined) {
      end = end_of_item(bytes, at, sequence->encoding);
    } else if (header.length > bytes.size() - at) {
      cut_short();
    }
    if (index == 0) return DicomItem(bytes.subspan(at, end.content - at), sequence->encoding);
    at = end.next;
  }
  return std::nullopt;
}

DicomFile read_dicom_file(Bytes bytes) {
  DicomFile file;
  size_t at = has_text(bytes, 128, "DICM") ? 132 : 0;
  // The head is explicit little endian, whatever follows.
  while (bytes.size() - at >= 8 && little16(bytes, at) == 0x0002) {
    const DicomElement element = next_element(bytes, at, {});
    if (element.tag == kTransferSyntax) file.transfer_syntax = element.text();
  }
  Bytes data = bytes.subspan(at);
  if (file.transfer_syntax == "1.2.840.10008.1.2.1.99") {
    file.inflated = inflate_all(data);
    data = file.inflated;
  }
  if (data.size() < 8) cut_short();
  // What the head says of VRs is wrong often enough; the first element shows it.
  const DicomEncoding encoding{
      .explicit_vr = is_letter(byte_at(data, 4)) && is_letter(byte_at(data, 5)),
      .big_endian = file.transfer_syntax == "1.2.840.10008.1.2.2"};
  file.data = DicomItem(data, encoding);
  return file;
}

std::vector<Bytes> dicom_fragments(const DicomElement& pixels) {
  std::vector<Bytes> fragments;
  for (size_t at = 0; at < pixels.value.size();) {
    const ElementHeader header = header_at(pixels.value, at, pixels.encoding);
    at += header.size;
    if (header.tag != kItem || header.length > pixels.value.size() - at) {
      bad_picture("the DICOM is damaged: its packed pixels are not in fragments");
    }
    fragments.push_back(pixels.value.subspan(at, header.length));
    at += header.length;
  }
  return fragments;
}

}  // namespace puente::image_detail
