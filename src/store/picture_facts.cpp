#include "store/picture_facts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <unordered_set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "formats/csv.h"
#include "store/table_path.h"

namespace puente {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"width", "height", "bytes", "phash",
                                                    "phash576"};

[[noreturn]] void fail_at(const CsvReader& reader, const CsvRow& row, size_t field) {
  fail("{}: line {}, column {}: {} is not what embed writes there; remove the file, or embed again",
       reader.source(), row.line, reader.header()[field], quoted_excerpt(row.fields[field]));
}

template <class Number>
bool parse_whole(std::string_view text, int base, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end;
}

int64_t count_in(const CsvReader& reader, const CsvRow& row, size_t field) {
  int64_t number = 0;
  if (!parse_whole(row.fields[field], 10, number) || number <= 0) fail_at(reader, row, field);
  return number;
}

template <size_t Words>
std::array<uint64_t, Words> hash_in(const CsvReader& reader, const CsvRow& row, size_t field) {
  constexpr size_t kDigits = 16;
  const std::string_view text = row.fields[field];
  std::array<uint64_t, Words> hash{};
  bool good = text.size() == Words * kDigits;
  for (size_t i = 0; good && i < Words; ++i) {
    good = parse_whole(text.substr(i * kDigits, kDigits), 16, hash[i]);
  }
  if (!good) fail_at(reader, row, field);
  return hash;
}

}  // namespace

std::filesystem::path picture_facts_path(const std::filesystem::path& table) {
  return parse_table_path(table).with(".images.csv");
}

std::unique_ptr<AtomicFile> stage_picture_facts(const std::filesystem::path& table,
                                                const std::string& column,
                                                std::span<const std::string> names,
                                                std::span<const PictureFacts> facts) {
  PUENTE_ASSERT(names.size() == facts.size());
  std::string text;
  append_csv_field(text, column);
  for (const std::string_view name : kNames) text += fmt::format(",{}", name);
  text += '\n';
  std::unordered_set<std::string_view> written;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!written.insert(names[i]).second) continue;
    append_csv_field(text, names[i]);
    text += fmt::format(",{},{},{},{:016x},", facts[i].width, facts[i].height, facts[i].bytes,
                        facts[i].coarse_hash);
    for (const uint64_t word : facts[i].fine_hash) text += fmt::format("{:016x}", word);
    text += '\n';
  }
  auto file = std::make_unique<AtomicFile>(picture_facts_path(table));
  file->write(text);
  file->finish();
  return file;
}

void remove_picture_facts(const std::filesystem::path& table) {
  const std::filesystem::path path = picture_facts_path(table);
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) {
    fail("{}: is left from an older table and cannot be removed: {}", path.string(),
         error.message());
  }
}

std::optional<PictureFactsFile> find_picture_facts(const std::filesystem::path& table) {
  const std::filesystem::path path = picture_facts_path(table);
  if (!file_exists(path)) return std::nullopt;
  CsvReader reader(path);
  const std::vector<std::string>& header = reader.header();
  if (header.size() != 1 + kNames.size() ||
      !std::equal(kNames.begin(), kNames.end(), header.begin() + 1)) {
    fail("{}: not what `puente embed` writes; remove it", path.string());
  }
  PictureFactsFile file{header[0], {}};
  CsvRow row;
  while (reader.next(row)) {
    file.of[std::string(row.fields[0])] = {count_in(reader, row, 1), count_in(reader, row, 2),
                                           count_in(reader, row, 3), hash_in<1>(reader, row, 4)[0],
                                           hash_in<9>(reader, row, 5)};
  }
  return file;
}

}  // namespace puente
