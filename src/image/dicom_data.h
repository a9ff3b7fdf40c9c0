// The elements of a DICOM file (PS3.10 section 7, PS3.5 section 7), as far as they describe pixels:
// groups 0028 (image), 5200 (functional groups) and 7FE0 (pixel data), and, of the file's own head,
// the transfer syntax. All other groups, where names, dates, institutions and free texts are, are
// stepped over by their length and never become part of anything.
//
// Walked here and not by DCMTK, because DCMTK 3.6.7 reads every element into memory, and calls
// itself once for each level of nesting: a small file of nested sequences ends the program.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/codec.h"

namespace puente::image_detail {

/// Group and element: 0x00280010 for (0028,0010).
using DicomTag = uint32_t;

/// How elements are written.
struct DicomEncoding {
  bool explicit_vr = true;
  bool big_endian = false;
};

/// A value where it lies in the file.
struct DicomElement {
  DicomTag tag = 0;
  std::array<char, 2> vr{};  // zeros where the file does not say it
  DicomEncoding encoding;    // of the value
  Bytes value;               // of a sequence, its items; of packed pixels, their fragments

  bool is_signed_short() const { return vr == std::array{'S', 'S'}; }
  /// How many 16-bit words there are, and one of them.
  size_t words() const { return value.size() / 2; }
  uint32_t word(size_t i) const;
  /// Text without the padding, up to the first backslash: the first of several values.
  std::string_view text() const;
  /// The first of its decimal numbers (DS, IS); nothing if it is none.
  std::optional<double> number() const;
};

/// The data set, or one item of a sequence in it.
class DicomItem {
 public:
  /// `bytes` must outlive the object. Throws BadPicture if they end too early.
  DicomItem(Bytes bytes, DicomEncoding encoding);
  DicomItem() = default;

  const DicomElement* find(DicomTag tag) const;
  /// A 16-bit number, unsigned.
  std::optional<uint32_t> number16(DicomTag tag) const;
  /// Item `index`, from 0, of the sequence `tag`; nothing if that is not there.
  std::optional<DicomItem> item(DicomTag tag, int64_t index) const;

 private:
  std::vector<DicomElement> elements_;
};

struct DicomFile {
  std::string transfer_syntax;      // its UID; empty where the file has no head
  std::vector<std::byte> inflated;  // what the data set lies in, if it was deflated
  DicomItem data;
};

/// Throws BadPicture. `bytes` must outlive the result.
DicomFile read_dicom_file(Bytes bytes);

/// The fragments of packed pixels: the offset table first, which may be empty.
std::vector<Bytes> dicom_fragments(const DicomElement& pixels);

}  // namespace puente::image_detail
