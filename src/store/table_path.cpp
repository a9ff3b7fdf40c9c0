#include "store/table_path.h"

#include <string>

#include "base/error.h"

namespace puente {

TablePath parse_table_path(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  TablePath parts;
  parts.stem = path;
  parts.stem.replace_extension();
  if (extension == ".csv") {
    parts.format = TableFormat::kCsv;
  } else if (extension == ".safetensors") {
    parts.format = TableFormat::kSafetensors;
  } else if (extension == ".npy") {
    parts.format = TableFormat::kNpy;
    const std::string modality = parts.stem.extension().string();
    if (modality == ".image" || modality == ".text") parts.stem.replace_extension();
  } else {
    fail("{}: a table is a .csv, .safetensors or .npy file", path.string());
  }
  return parts;
}

}  // namespace puente
