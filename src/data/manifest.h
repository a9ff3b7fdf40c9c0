// Manifest: a CSV with one row per record, all columns as text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puente/table.h"

namespace puente {

struct Manifest {
  std::string source;           // the file, for messages
  std::vector<Column> columns;  // equal lengths
  std::vector<int64_t> lines;   // the line of the file on which row i begins (1 is the header)
  std::vector<std::string> notes = {};  // how the file was read, where that needs to be said

  int64_t rows() const { return static_cast<int64_t>(lines.size()); }
  /// UserError that lists the columns there are. `option` names what asked for it ("--label").
  const Column& column(std::string_view name, std::string_view option) const;
  const Column* find(std::string_view name) const;
};

/// The column of that name. UserError that names `source` and `option` and lists the columns there
/// are.
const Column& require_column(std::span<const Column> columns, std::string_view name,
                             std::string_view option, std::string_view source);

/// The names that "left,right" means: itself, where a column is called just so, else what stands
/// between the commas.
std::vector<std::string> column_names(std::span<const Column> columns, const std::string& names);

/// Names without the blanks around them; columns that have neither a name nor a value are left out.
/// UserError for a missing file, no rows, ragged rows, an empty or repeated column name.
Manifest read_manifest(const std::filesystem::path& path);

/// Some of its rows, in the order given.
Manifest rows_at(const Manifest& manifest, std::span<const int64_t> rows);

/// UserError naming the value and both lines if two rows have the same value in `column`.
void require_unique(const Manifest& manifest, const Column& column);

}  // namespace puente
