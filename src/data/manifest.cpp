#include "data/manifest.h"

#include <algorithm>
#include <cctype>
#include <fmt/ranges.h>
#include <unordered_map>

#include "base/error.h"
#include "formats/csv.h"

namespace puente {
namespace {

/// Levenshtein's distance, upper and lower case being equal.
size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = diagonal + (lower(a[i - 1]) != lower(b[j - 1]) ? 1 : 0);
      diagonal = row[j];
      row[j] = std::min({replace, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// " Did you mean 'lesion_id'?", or nothing where no name is near.
std::string near_name(std::string_view wanted, const std::vector<std::string>& names) {
  constexpr size_t kLongest = 64;  // a hostile header may have names of megabytes
  if (wanted.size() > kLongest) return "";
  const std::string* nearest = nullptr;
  size_t nearest_distance = std::max<size_t>(1, wanted.size() / 3) + 1;
  for (const std::string& name : names) {
    if (name.size() > kLongest) continue;
    const size_t distance = edit_distance(wanted, name);
    if (distance < nearest_distance) {
      nearest = &name;
      nearest_distance = distance;
    }
  }
  return nearest == nullptr ? "" : fmt::format(" Did you mean '{}'?", *nearest);
}

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

std::vector<Column> named_columns(const CsvReader& reader) {
  std::vector<Column> columns;
  std::unordered_map<std::string, size_t> first_place;
  for (const std::string& text : reader.header()) {
    const size_t place = columns.size() + 1;
    // pandas writes its row numbers as a first column without a name.
    const std::string name = place == 1 && text.empty() ? "index" : text;
    if (name.find_first_not_of(" \t\r\n") == std::string::npos) {
      fail("{}: column {} of the header has no name; give it one", reader.source(), place);
    }
    const auto [found, is_new] = first_place.emplace(name, place);
    if (!is_new) {
      fail("{}: columns {} and {} of the header are both named {}; rename one", reader.source(),
           found->second, place, quoted_excerpt(name));
    }
    columns.push_back({name, {}});
  }
  return columns;
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

Manifest read_manifest(const std::filesystem::path& path) {
  CsvReader reader(path);
  Manifest manifest;
  manifest.source = reader.source();
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
  return manifest;
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
