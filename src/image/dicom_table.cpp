#include "image/dicom_table.h"

#include "image/bytes.h"

namespace puente::image_detail {

std::optional<DicomTable> read_dicom_table(const DicomElement* descriptor,
                                           const DicomElement* data) {
  if (descriptor == nullptr || descriptor->words() < 3 || data == nullptr) return std::nullopt;
  const size_t count = descriptor->word(0) == 0 ? 65536 : descriptor->word(0);
  DicomTable table{descriptor->word(1), static_cast<int>(descriptor->word(2)), {}};
  // Of 8 bits, some writers put two into a word.
  const bool in_bytes = table.bits <= 8 && data->value.size() < 2 * count;
  if ((in_bytes ? data->value.size() : data->words()) < count) return std::nullopt;
  table.values.resize(count);
  for (size_t i = 0; i < count; ++i) {
    table.values[i] = in_bytes ? byte_at(data->value, i) : data->word(i);
  }
  return table;
}

}  // namespace puente::image_detail
