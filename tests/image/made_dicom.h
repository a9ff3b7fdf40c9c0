// DICOM files made on the spot, element by element: explicit little endian unless it says
// otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace puente::test {

inline std::string little(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i);
  return text;
}

inline std::string dicom_tag(uint32_t tag) {
  return little(tag >> 16, 2) + little(tag & 0xffff, 2);
}

inline constexpr uint32_t kUndefinedLength = 0xffffffff;

/// `length` may lie.
inline std::string dicom_element(uint32_t tag, std::string_view vr, std::string value,
                                 uint32_t length) {
  std::string head = dicom_tag(tag) + std::string(vr);
  const bool long_form = vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN" || vr == "OV";
  head += long_form ? std::string(2, '\0') + little(length, 4) : little(length, 2);
  return head + value;
}
inline std::string dicom_element(uint32_t tag, std::string_view vr, std::string value) {
  if (value.size() % 2 == 1) value += vr == "UI" || vr[0] == 'O' ? '\0' : ' ';
  const auto length = static_cast<uint32_t>(value.size());
  return dicom_element(tag, vr, std::move(value), length);
}

inline std::string dicom_item(const std::string& value) {
  return dicom_tag(0xFFFEE000) + little(value.size(), 4) + value;
}
inline std::string dicom_fragments(std::initializer_list<std::string> fragments) {
  std::string value = dicom_item("");  // no offset table
  for (const std::string& fragment : fragments) value += dicom_item(fragment);
  return value + dicom_tag(0xFFFEE0DD) + little(0, 4);
}

/// A gray picture of 8 bits, 3 wide and 2 high; its elements can be changed or taken away.
struct MadeDicom {
  std::string transfer_syntax = "1.2.840.10008.1.2.1";
  std::map<uint32_t, std::string> elements = {
      {0x00080016, dicom_element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7")},
      {0x00100010, dicom_element(0x00100010, "PN", "IDENT^NAME")},
      {0x00100020, dicom_element(0x00100020, "LO", "IDENT-7")},
      {0x00280002, dicom_element(0x00280002, "US", little(1, 2))},
      {0x00280004, dicom_element(0x00280004, "CS", "MONOCHROME2")},
      {0x00280010, dicom_element(0x00280010, "US", little(2, 2))},
      {0x00280011, dicom_element(0x00280011, "US", little(3, 2))},
      {0x00280100, dicom_element(0x00280100, "US", little(8, 2))},
      {0x00280101, dicom_element(0x00280101, "US", little(8, 2))},
      {0x00280102, dicom_element(0x00280102, "US", little(7, 2))},
      {0x00280103, dicom_element(0x00280103, "US", little(0, 2))},
      {0x7FE00010, dicom_element(0x7FE00010, "OB", std::string("\0\x33\x66\x99\xCC\xFF", 6))}};

  MadeDicom& set(uint32_t tag, std::string_view vr, const std::string& value) {
    elements[tag] = dicom_element(tag, vr, value);
    return *this;
  }
  MadeDicom& number(uint32_t tag, uint32_t value) { return set(tag, "US", little(value, 2)); }
  MadeDicom& without(uint32_t tag) {
    elements.erase(tag);
    return *this;
  }
  /// The pixels packed as `syntax` says.
  MadeDicom& packed(const std::string& syntax, std::initializer_list<std::string> fragments) {
    transfer_syntax = syntax;
    elements[0x7FE00010] =
        dicom_element(0x7FE00010, "OB", dicom_fragments(fragments), kUndefinedLength);
    return *this;
  }
  std::string file() const {
    std::string bytes = std::string(128, '\0') + "DICM";
    bytes += dicom_element(0x00020010, "UI", transfer_syntax);
    for (const auto& [tag, element] : elements) bytes += element;
    return bytes;
  }
};

}  // namespace puente::test
