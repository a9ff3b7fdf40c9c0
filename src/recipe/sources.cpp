// Tables of a data folder: CSV files, text files line by line, files that are there.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <fmt/ranges.h>
#include <unordered_map>

#include "base/error.h"
#include "base/folder_contents.h"
#include "base/mapped_file.h"
#include "formats/csv.h"
#include "formats/utf8.h"
#include "recipe/pattern.h"
#include "recipe/steps.h"

namespace puente {
namespace {

constexpr std::string_view kPart = "{part}";

std::string with_part(std::string text, std::string_view part) {
  for (size_t at = 0; (at = text.find(kPart, at)) != text.npos; at += part.size()) {
    text.replace(at, kPart.size(), part);
  }
  return text;
}

/// False, and a mistake at `place`, where the table has a column of that name already.
bool is_new_column(const Manifest& manifest, const std::string& name, TomlPlace place,
                   Preparation& work) {
  if (manifest.find(name) == nullptr) return true;
  work.mistake(place, fmt::format("{}: has a column '{}' already; give the new one another name",
                                  manifest.source, name));
  return false;
}

/// A file and the part that it is.
struct Part {
  std::string path;
  std::string part;
};

/// The files that `name` stands for: itself, one for each part, or all that match.
std::vector<Part> parts_of(const std::string& name, const RecipeTable& source,
                           const std::filesystem::path& data) {
  std::vector<Part> parts;
  if (name.find(kPart) == name.npos) {
    if (std::filesystem::is_regular_file(data / name)) parts.push_back({name, ""});
    return parts;
  }
  for (const Said& part : source.parts) {
    std::string path = with_part(name, part.text);
    if (std::filesystem::is_regular_file(data / path)) parts.push_back({path, part.text});
  }
  if (source.parts.empty()) {
    for (MatchingFile& file : matching_files(data, name)) {
      parts.push_back({std::move(file.path), file.found.front()});
    }
  }
  return parts;
}

/// Appends the rows of `more`; a column that only one of them has is empty in the other's rows.
void append_rows(Manifest& all, Manifest more) {
  const size_t before = all.lines.size();
  for (Column& column : more.columns) {
    Column& target = column_or_new(all, column.name);
    target.values.resize(before);
    std::ranges::move(column.values, std::back_inserter(target.values));
  }
  all.lines.insert(all.lines.end(), more.lines.begin(), more.lines.end());
  for (Column& column : all.columns) column.values.resize(all.lines.size());
}

void set_part(Manifest& manifest, const std::string& part) {
  if (part.empty() || manifest.find("part") != nullptr) return;
  manifest.columns.push_back({"part", std::vector<std::string>(manifest.lines.size(), part)});
}

std::optional<Manifest> read_csv_source(const RecipeTable& source, Preparation& work) {
  for (const Said& name : source.file) {
    const std::vector<Part> parts = parts_of(name.text, source, work.data);
    if (parts.empty()) continue;
    std::optional<Manifest> all;
    for (const Part& part : parts) {
      Manifest manifest;
      try {
        manifest = read_manifest(work.data / part.path);
      } catch (const UserError& error) {
        work.mistake(name.place, error.what());
        return std::nullopt;
      }
      for (const std::string& note : manifest.notes) work.note(note);
      set_part(manifest, part.part);
      if (all) {
        append_rows(*all, std::move(manifest));
      } else {
        all = std::move(manifest);
      }
    }
    const bool named = name.text.find(kPart) != name.text.npos && !source.parts.empty();
    if (named && parts.size() < source.parts.size()) {
      work.note(fmt::format("{} of the {} parts of {} are there", parts.size(), source.parts.size(),
                            name.text));
    }
    return all;
  }
  std::vector<std::string> names;
  for (const Said& name : source.file) names.push_back(name.text);
  work.mistake(source.file.empty() ? source.place : source.file.front().place,
               fmt::format("none of {} is in {}; there are {}", fmt::join(names, ", "),
                           work.data.string(), folder_contents(work.data)));
  return std::nullopt;
}

std::vector<std::string> lines_of(const std::filesystem::path& path, Preparation& work) {
  const MappedFile file(path);
  std::string_view text = without_byte_order_mark(file.text());
  const std::optional<std::string> converted = windows_1252_unless_utf8(text);
  if (converted) {
    work.note(
        fmt::format("{}: is not UTF-8, and is read as Windows-1252 (Latin-1)", path.string()));
    text = *converted;
  } else if (valid_utf8_prefix(text) < text.size()) {
    fail("{}: is not text: neither UTF-8 nor Windows-1252", path.string());
  }
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

std::optional<Manifest> read_lines_of_part(const RecipeTable& source, const std::string& part,
                                           Preparation& work) {
  Manifest manifest;
  std::string first_file;
  for (const auto& [column, name] : source.lines) {
    const std::string path = with_part(name.text, part);
    std::vector<std::string> lines;
    try {
      lines = lines_of(work.data / path, work);
    } catch (const UserError& error) {
      work.mistake(name.place, error.what());
      return std::nullopt;
    }
    if (!manifest.columns.empty() && lines.size() != manifest.lines.size()) {
      work.mistake(name.place,
                   fmt::format("{} has {} lines and {} has {}; they belong together line by line",
                               path, lines.size(), first_file, manifest.lines.size()));
      return std::nullopt;
    }
    if (manifest.columns.empty()) {
      first_file = path;
      manifest.source = (work.data / path).string();
      for (size_t i = 0; i < lines.size(); ++i) {
        manifest.lines.push_back(static_cast<int64_t>(i) + 1);
      }
    }
    manifest.columns.push_back({column, std::move(lines)});
  }
  set_part(manifest, part);
  return manifest;
}

std::optional<Manifest> read_lines_source(const RecipeTable& source, Preparation& work) {
  if (source.parts.empty()) return read_lines_of_part(source, "", work);
  std::optional<Manifest> all;
  for (const Said& part : source.parts) {
    std::optional<Manifest> manifest = read_lines_of_part(source, part.text, work);
    if (!manifest) return std::nullopt;
    if (all) {
      append_rows(*all, std::move(*manifest));
    } else {
      all = std::move(manifest);
    }
  }
  return all;
}

std::optional<Manifest> read_list_source(const RecipeTable& source, Preparation& work) {
  const std::vector<MatchingFile> files = matching_files(work.data, source.list.text);
  if (files.empty()) {
    work.mistake(source.list.place,
                 fmt::format("no file of {} is like {}; there are {}", work.data.string(),
                             source.list.text, folder_contents(work.data)));
    return std::nullopt;
  }
  Manifest manifest;
  manifest.source = (work.data / source.list.text).string();
  manifest.columns.push_back({"file", {}});
  const Pattern pattern(source.list.text);
  for (const std::string& name : pattern.names()) {
    if (!is_new_column(manifest, name, source.list.place, work)) return std::nullopt;
    manifest.columns.push_back({name, {}});
  }
  for (const MatchingFile& file : files) {
    manifest.columns[0].values.push_back(file.path);
    for (size_t i = 0; i < file.found.size(); ++i) {
      manifest.columns[i + 1].values.push_back(file.found[i]);
    }
    manifest.lines.push_back(static_cast<int64_t>(manifest.lines.size()) + 1);
  }
  return manifest;
}

/// Columns that match become rows; the others stand in each of them.
bool lengthen(const WideColumns& wide, Manifest& manifest, Preparation& work) {
  const Pattern pattern(wide.pattern.text);
  struct Found {
    size_t column;
    std::vector<std::string> names;
  };
  std::vector<Found> found;
  std::vector<size_t> others;
  for (size_t i = 0; i < manifest.columns.size(); ++i) {
    if (auto names = pattern.match(manifest.columns[i].name)) {
      found.push_back({i, std::move(*names)});
    } else {
      others.push_back(i);
    }
  }
  if (found.empty()) {
    std::vector<std::string> names;
    for (size_t i = 0; i < std::min<size_t>(manifest.columns.size(), 20); ++i) {
      names.push_back(manifest.columns[i].name);
    }
    work.mistake(wide.pattern.place,
                 fmt::format("{}: no column is like {}; the first are {}", manifest.source,
                             wide.pattern.text, fmt::join(names, ", ")));
    return false;
  }
  Manifest longer;
  longer.source = manifest.source;
  for (const size_t i : others) longer.columns.push_back({manifest.columns[i].name, {}});
  for (const std::string& name : pattern.names()) {
    if (!is_new_column(longer, name, wide.pattern.place, work)) return false;
    longer.columns.push_back({name, {}});
  }
  if (!is_new_column(longer, wide.values.text, wide.values.place, work)) return false;
  longer.columns.push_back({wide.values.text, {}});
  for (size_t row = 0; row < manifest.lines.size(); ++row) {
    for (const Found& each : found) {
      for (size_t i = 0; i < others.size(); ++i) {
        longer.columns[i].values.push_back(manifest.columns[others[i]].values[row]);
      }
      for (size_t i = 0; i < each.names.size(); ++i) {
        longer.columns[others.size() + i].values.push_back(each.names[i]);
      }
      longer.columns.back().values.push_back(manifest.columns[each.column].values[row]);
      longer.lines.push_back(manifest.lines[row]);
    }
  }
  manifest = std::move(longer);
  return true;
}

std::optional<std::chrono::sys_days> date_of(std::string_view text) {
  // 2016-01-03
  int year = 0;
  unsigned month = 0, day = 0;
  const auto part = [&](size_t from, size_t size, auto& value) {
    if (text.size() < from + size) return false;
    const char* begin = text.data() + from;
    const auto result = std::from_chars(begin, begin + size, value);
    return result.ec == std::errc() && result.ptr == begin + size;
  };
  if (!part(0, 4, year) || !part(5, 2, month) || !part(8, 2, day) || text.size() != 10 ||
      text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

struct EpiWeek {
  int year;
  int week;
};

/// As the CDC counts (MMWR): weeks begin on Sunday, and belong to the year of their Wednesday.
EpiWeek epiweek_of(std::chrono::sys_days day) {
  using namespace std::chrono;
  const sys_days sunday = day - (weekday(day) - Sunday);
  const sys_days wednesday = sunday + days(3);
  const year_month_day middle(wednesday);
  const sys_days first(middle.year() / January / 1);
  return {static_cast<int>(middle.year()), static_cast<int>((wednesday - first).count() / 7) + 1};
}

bool add_epiweeks(const Said& name, Manifest& manifest, Preparation& work) {
  const Column* dates = manifest.find(name.text);
  if (dates == nullptr) {
    work.mistake(name.place, fmt::format("{}: no column '{}'", manifest.source, name.text));
    return false;
  }
  Column years{"epi_year", {}}, weeks{"epi_week", {}};
  for (const Column* made : {&years, &weeks}) {
    if (!is_new_column(manifest, made->name, name.place, work)) return false;
  }
  for (size_t row = 0; row < dates->values.size(); ++row) {
    const auto day = date_of(dates->values[row]);
    if (!day) {
      work.mistake(name.place,
                   fmt::format("{}: row {}: {} is not a date such as 2016-01-03", manifest.source,
                               manifest.lines[row], quoted_excerpt(dates->values[row])));
      return false;
    }
    const EpiWeek week = epiweek_of(*day);
    years.values.push_back(std::to_string(week.year));
    weeks.values.push_back(std::to_string(week.week));
  }
  manifest.columns.push_back(std::move(years));
  manifest.columns.push_back(std::move(weeks));
  return true;
}

}  // namespace

std::optional<Manifest> read_source(const RecipeTable& source, Preparation& work) {
  std::optional<Manifest> manifest = !source.lines.empty()  ? read_lines_source(source, work)
                                     : !source.list.empty() ? read_list_source(source, work)
                                                            : read_csv_source(source, work);
  if (!manifest) return std::nullopt;
  if (manifest->lines.empty()) {
    work.mistake(source.place, fmt::format("{}: has no rows", manifest->source));
    return std::nullopt;
  }
  if (source.wide && !lengthen(*source.wide, *manifest, work)) return std::nullopt;
  if (!source.epiweek_of.empty() && !add_epiweeks(source.epiweek_of, *manifest, work)) {
    return std::nullopt;
  }
  if (!source.number.empty()) {
    if (!is_new_column(*manifest, source.number.text, source.number.place, work)) {
      return std::nullopt;
    }
    Column& column = manifest->columns.emplace_back(Column{source.number.text, {}});
    for (size_t i = 0; i < manifest->lines.size(); ++i) column.values.push_back(std::to_string(i));
  }
  return manifest;
}

void join_source(const RecipeTable& source, const Manifest& right, Preparation& work) {
  Manifest& left = work.out.manifest;
  std::vector<const Column*> left_keys, right_keys;
  for (const Said& name : source.join) {
    left_keys.push_back(work.column(name));
    right_keys.push_back(right.find(name.text));
    if (right_keys.back() == nullptr) {
      work.mistake(name.place,
                   fmt::format("{}: no column '{}' to join by", right.source, name.text));
    }
  }
  if (std::ranges::count(left_keys, nullptr) + std::ranges::count(right_keys, nullptr) > 0) return;
  const auto key_of = [](const std::vector<const Column*>& keys, size_t row) {
    std::string key;
    for (const Column* column : keys) key += canonical(column->values[row]) + '\x1f';
    return key;
  };
  std::unordered_map<std::string, size_t> row_of;
  for (size_t row = 0; row < right.lines.size(); ++row) {
    const auto [found, is_new] = row_of.emplace(key_of(right_keys, row), row);
    if (is_new) continue;
    std::vector<std::string> values;
    for (const Column* column : right_keys) values.push_back(column->values[row]);
    work.mistake(
        source.join.front().place,
        fmt::format("{}: {} is there twice, on lines {} and {}; each needs to be there "
                    "once",
                    right.source, quoted_excerpt(fmt::format("{}", fmt::join(values, ", "))),
                    right.lines[found->second], right.lines[row]));
    return;
  }
  const size_t rows = left.lines.size();
  std::vector<std::optional<size_t>> partner(rows);
  size_t found_rows = 0;
  for (size_t row = 0; row < rows; ++row) {
    const auto found = row_of.find(key_of(left_keys, row));
    if (found == row_of.end()) continue;
    partner[row] = found->second;
    ++found_rows;
  }
  if (found_rows == 0) {
    work.mistake(source.join.front().place,
                 fmt::format("no row of {} has a partner in {}: the values of {} differ",
                             left.source, right.source, source.join.front().text));
    return;
  }
  if (found_rows < rows) {
    work.note(
        fmt::format("{} of {} rows have no partner in {}", rows - found_rows, rows, right.source));
  }
  for (const Column& column : right.columns) {
    if (left.find(column.name) != nullptr) continue;  // the keys, and what the first table says
    Column joined{column.name, {}};
    for (size_t row = 0; row < rows; ++row) {
      joined.values.push_back(partner[row] ? column.values[*partner[row]] : "");
    }
    left.columns.push_back(std::move(joined));
  }
}

}  // namespace puente
