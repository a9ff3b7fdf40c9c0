// The names of a table's files.
#pragma once

#include <filesystem>

namespace puente {

enum class TableFormat { kCsv, kSafetensors, kNpy };

/// A table's path taken apart: X.safetensors lies beside X.csv; X.npy, X.image.npy and X.text.npy
/// all name the table X.
struct TablePath {
  TableFormat format = TableFormat::kCsv;
  std::filesystem::path stem;  // folder/X

  std::filesystem::path with(const char* extension) const {
    return std::filesystem::path(stem) += extension;
  }
};

/// UserError unless the extension is .csv, .safetensors or .npy.
TablePath parse_table_path(const std::filesystem::path& path);

}  // namespace puente
