#include "data/manifest.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <unordered_map>

#include "base/error.h"
#include "base/near_name.h"
#include "base/trimmed.h"
#include "formats/csv.h"

namespace puente {
namespace {

/// "image, dx, age", cut where a table has very many.
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kMost = 40;
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    const std::string quoted = quoted_excerpt(names[i]);
    shown.push_back(quoted.substr(1, quoted.size() - 2));
  }
  if (names.size() > kMost) shown.push_back(fmt::format("... ({} in all)", names.size()));
  return fmt::format("{}", fmt::join(shown, ", "));
}

/// Columns without a name keep none: see drop_unnamed().
std::vector<Column> named_columns(const CsvReader& reader) {
  std::vector<Column> columns;
  std::unordered_map<std::string, size_t> first_place;
  for (const std::string& text : reader.header()) {
    const size_t place = columns.size() + 1;
    // pandas writes its row numbers as a first column without a name.
    const std::string name(place == 1 && text.empty() ? "index" : trimmed(text));
    const auto [found, is_new] = first_place.emplace(name, place);
    if (!is_new && !name.empty()) {
      fail("{}: columns {} and {} of the header are both named {}; rename one", reader.source(),
           found->second, place, quoted_excerpt(name));
    }
    columns.push_back({name, {}});
  }
  return columns;
}

/// A spreadsheet writes empty columns beside its table. A nameless one with something in it is a
/// mistake.
void drop_unnamed(Manifest& manifest) {
  for (size_t i = 0; i < manifest.columns.size(); ++i) {
    const Column& column = manifest.columns[i];
    if (!column.name.empty()) continue;
    for (size_t row = 0; row < column.values.size(); ++row) {
      if (column.values[row].empty()) continue;
      fail("{}: column {} of the header has no name, and line {} has {} in it; give it one",
           manifest.source, i + 1, manifest.lines[row], quoted_excerpt(column.values[row]));
    }
  }
  std::erase_if(manifest.columns, [](const Column& column) { return column.name.empty(); });
}

}  // namespace

const Column* Manifest::find(std::string_view name) const {
  for (const Column& candidate : columns) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

const Column& require_column(std::span<const Column> columns, std::string_view name,
                             std::string_view option, std::string_view source) {
  std::vector<std::string> names;
  for (const Column& candidate : columns) {
    if (candidate.name == name) return candidate;
    names.push_back(candidate.name);
  }
  fail("{}: no column '{}' ({}); the columns are {}.{}", source, name, option, listed(names),
       near_name(name, names));
}

const Column& Manifest::column(std::string_view name, std::string_view option) const {
  return require_column(columns, name, option, source);
}

std::vector<std::string> column_names(std::span<const Column> columns, const std::string& names) {
  if (std::ranges::find(columns, names, &Column::name) != columns.end()) return {names};
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= names.size();) {
    const size_t end = std::min(names.find(',', begin), names.size());
    parts.push_back(names.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Manifest read_manifest(const std::filesystem::path& path) {
  CsvReader reader(path, CsvText::utf8_or_windows_1252);
  Manifest manifest;
  manifest.source = reader.source();
  if (reader.is_windows_1252()) {
    manifest.notes.push_back(
        fmt::format("{}: is not UTF-8, and is read as Windows-1252 (Latin-1)", manifest.source));
  }
  manifest.columns = named_columns(reader);
  CsvRow row;
  while (reader.next(row)) {
    PUENTE_ASSERT(row.fields.size() == manifest.columns.size());
    for (size_t i = 0; i < row.fields.size(); ++i) {
      manifest.columns[i].values.emplace_back(row.fields[i]);
    }
    manifest.lines.push_back(row.line);
  }
  if (manifest.lines.empty()) fail("{}: has a header but no rows", manifest.source);
  drop_unnamed(manifest);
  return manifest;
}

Manifest rows_at(const Manifest& manifest, std::span<const int64_t> rows) {
  Manifest part;
  part.source = manifest.source;
  for (const Column& column : manifest.columns) {
    Column& own = part.columns.emplace_back();
    own.name = column.name;
    for (const int64_t row : rows) own.values.push_back(column.values[static_cast<size_t>(row)]);
  }
  for (const int64_t row : rows) part.lines.push_back(manifest.lines[static_cast<size_t>(row)]);
  return part;
}

void require_unique(const Manifest& manifest, const Column& column) {
  std::unordered_map<std::string_view, size_t> first_row;
  for (size_t row = 0; row < column.values.size(); ++row) {
    const auto [found, is_new] = first_row.emplace(column.values[row], row);
    if (!is_new) {
      fail("{}: column '{}' has the value {} on lines {} and {}; each row needs its own",
           manifest.source, column.name, quoted_excerpt(column.values[row]),
           manifest.lines[found->second], manifest.lines[row]);
    }
  }
}

}  // namespace puente
