#include "formats/csv.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "formats/utf8.h"

namespace puente {
namespace {

// Searching runs at most this far ahead of reading, so that the bytes are still in cache.
constexpr size_t kWindow = 64 << 10;

// What was read stops counting as this process's memory in steps of this size.
constexpr size_t kReleased = 8 << 20;

/// Line breaks in `text`; CRLF is one.
int64_t count_line_breaks(std::string_view text) {
  int64_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) ++count;
    if (text[i] == '\r') ++count;
  }
  return count;
}

std::string_view separator_name(char separator) {
  return separator == ';' ? "semicolon" : separator == '\t' ? "tab" : "comma";
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& path, CsvText encoding)
    : file_(path), text_(file_.text()) {
  if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff")) {
    fail("{}: is UTF-16 text; save it as 'CSV UTF-8' in the spreadsheet", source());
  }
  file_.advise_sequential();
  text_ = without_byte_order_mark(text_);
  if (encoding == CsvText::utf8_or_windows_1252) {
    if (std::optional<std::string> converted = windows_1252_unless_utf8(text_)) {
      converted_ = std::move(*converted);
      text_ = converted_;
    }
  }
  detect_separator();
  CsvRow names;
  if (!next_record(names)) {
    fail("{}: is empty; its first line must name the columns", source());
  }
  header_.assign(names.fields.begin(), names.fields.end());
}

bool CsvReader::next(CsvRow& row) {
  if (!next_record(row)) return false;
  if (row.fields.size() != header_.size()) {
    fail(
        "{}: line {}: {} field{} where the header has {}; the separator is the {}, and a field "
        "that "
        "contains one must be in quotes",
        source(), row.line, row.fields.size(), row.fields.size() == 1 ? "" : "s", header_.size(),
        separator_name(separator_));
  }
  return true;
}

bool CsvReader::next_record(CsvRow& row) {
  row.fields.clear();
  unescaped_.clear();
  while (position_ < text_.size() && (text_[position_] == '\n' || text_[position_] == '\r')) {
    skip_line_break();
  }
  if (position_ == text_.size()) return false;
  row.line = line_;
  const size_t begin = position_;
  const size_t end = end_of_line();
  if (find(quote_, end) == end) {
    const std::string_view record = text_.substr(begin, end - begin);
    check_characters(record, row.line);
    split_plain(record, row);
    position_ = end;
  } else {
    split_quoted(row);
    check_characters(text_.substr(begin, position_ - begin), row.line);
  }
  if (position_ < text_.size()) skip_line_break();
  if (converted_.empty() && begin - released_ > kReleased) {
    file_.release(std::as_bytes(std::span(text_)).subspan(released_, begin - released_));
    released_ = begin;
  }
  return true;
}

void CsvReader::split_plain(std::string_view record, CsvRow& row) const {
  const char* next = record.data();
  const char* const end = next + record.size();
  while (true) {
    const auto* stop =
        static_cast<const char*>(std::memchr(next, separator_, static_cast<size_t>(end - next)));
    if (stop == nullptr) break;
    row.fields.emplace_back(next, static_cast<size_t>(stop - next));
    next = stop + 1;
  }
  row.fields.emplace_back(next, static_cast<size_t>(end - next));
}

void CsvReader::split_quoted(CsvRow& row) {
  while (true) {
    if (position_ < text_.size() && text_[position_] == '"') {
      const int64_t opened = line_;
      const size_t begin = position_ + 1;
      size_t quotes = 0;
      size_t close = begin;
      while (true) {
        close = text_.find('"', close);
        if (close == std::string_view::npos) {
          fail("{}: line {}: a quote opens here and is never closed", source(), opened);
        }
        if (close + 1 == text_.size() || text_[close + 1] != '"') break;
        close += 2;
        ++quotes;
      }
      std::string_view field = text_.substr(begin, close - begin);
      line_ += count_line_breaks(field);
      if (quotes > 0) {
        std::string& plain = unescaped_.emplace_back();
        plain.reserve(field.size() - quotes);
        for (size_t i = 0; i < field.size(); ++i) {
          plain += field[i];
          if (field[i] == '"') ++i;
        }
        field = plain;
      }
      row.fields.push_back(field);
      position_ = close + 1;
      if (position_ < text_.size() && text_[position_] != separator_ && text_[position_] != '\n' &&
          text_[position_] != '\r') {
        fail("{}: line {}: text follows a closing quote; write a quote inside quotes twice",
             source(), line_);
      }
    } else {
      const size_t line_end = end_of_line();
      const std::string_view rest = text_.substr(position_, line_end - position_);
      row.fields.push_back(rest.substr(0, rest.find(separator_)));
      position_ += row.fields.back().size();
    }
    if (position_ == text_.size() || text_[position_] != separator_) return;
    ++position_;
  }
}

/// Where `wanted` comes next at or after position_, `limit` if not before it.
size_t CsvReader::find(Finder& finder, size_t limit) {
  limit = std::min(limit, text_.size());
  if (finder.found < position_) finder.found = position_;
  if (finder.searched < position_) finder.searched = position_;
  while (finder.found >= finder.searched && finder.searched < limit) {
    const size_t stop = std::min(finder.searched + kWindow, text_.size());
    const auto* hit = static_cast<const char*>(
        std::memchr(text_.data() + finder.searched, finder.wanted, stop - finder.searched));
    finder.found = hit != nullptr ? static_cast<size_t>(hit - text_.data()) : stop;
    finder.searched = hit != nullptr ? finder.found + 1 : stop;
  }
  return std::min(finder.found, limit);
}

size_t CsvReader::end_of_line() { return find(cr_, find(lf_, text_.size())); }

void CsvReader::skip_line_break() {
  position_ += text_.substr(position_).starts_with("\r\n") ? 2 : 1;
  ++line_;
}

void CsvReader::detect_separator() {
  size_t commas = 0, semicolons = 0, tabs = 0;
  bool quoted = false, any = false;
  char before = ',';
  for (const char c : text_) {
    // A quote counts where a field may begin, as in split_quoted().
    if (c == '"' &&
        (quoted || std::string_view(",;\t\r\n").find(before) != std::string_view::npos)) {
      quoted = !quoted;
    }
    before = c;
    if (quoted) continue;
    if (c == '\n' || c == '\r') {
      if (any) break;
      continue;
    }
    any = true;
    commas += c == ',';
    semicolons += c == ';';
    tabs += c == '\t';
  }
  if (semicolons > commas && semicolons >= tabs) separator_ = ';';
  if (tabs > commas && tabs > semicolons) separator_ = '\t';
}

void CsvReader::check_characters(std::string_view record, int64_t line) const {
  if (const size_t zero = record.find('\0'); zero != std::string_view::npos) {
    fail("{}: line {}: contains a zero byte; if it is UTF-16, save it as 'CSV UTF-8'", source(),
         line + count_line_breaks(record.substr(0, zero)));
  }
  const size_t valid = valid_utf8_prefix(record);
  if (valid < record.size()) {
    fail("{}: line {}: byte 0x{:02X} is not UTF-8; save the file as 'CSV UTF-8'", source(),
         line + count_line_breaks(record.substr(0, valid)),
         static_cast<unsigned>(static_cast<unsigned char>(record[valid])));
  }
}

}  // namespace puente
