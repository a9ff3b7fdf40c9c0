// The fields of CSV: writing them, and numbers in them.
#include <array>
#include <charconv>
#include <cmath>
#include <fast_float/fast_float.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/csv.h"

namespace puente {
namespace {

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The number as fast_float sees it, which may be NaN or infinite; false if it is none.
bool parse_any(std::string_view text, float& value) {
  text = without_blanks(text);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return false;
  }
  const char* end = text.data() + text.size();
  const auto result = fast_float::from_chars(text.data(), end, value);
  return result.ec == std::errc() && result.ptr == end;
}

}  // namespace

void append_csv_field(std::string& out, std::string_view field) {
  // Semicolon and tab count too: readers that guess the separator would count them in a header.
  if (field.find_first_of(",;\t\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_csv_row(std::string& out, std::span<const std::string> fields) {
  // A lone empty field would be an empty line, which readers skip.
  if (fields.size() == 1 && fields[0].empty()) out += "\"\"";
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_field(out, fields[i]);
  }
  out += '\n';
}

void write_csv_row(AtomicFile& file, std::span<const std::string> fields) {
  std::string line;
  append_csv_row(line, fields);
  file.write(line);
}

void append_float(std::string& out, float value) {
  std::array<char, 32> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), result.ptr);
}

bool parse_float(std::string_view text, float& value) {
  float parsed = 0;
  if (!parse_any(text, parsed) || !std::isfinite(parsed)) return false;
  value = parsed;
  return true;
}

std::string float_problem(std::string_view text) {
  if (without_blanks(text).empty()) return "is empty";
  float value = 0;
  if (!parse_any(text, value)) return quoted_excerpt(text) + " is not a number";
  if (std::isnan(value)) return "is NaN";
  if (text.find_first_of("0123456789") == std::string_view::npos) return "is infinite";
  return quoted_excerpt(text) + " is too large for a 32-bit float";
}

std::string quoted_excerpt(std::string_view text, size_t limit) {
  std::string out = "'";
  for (size_t i = 0; i < text.size(); ++i) {
    // Never cuts a UTF-8 sequence in two.
    if (i >= limit && (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      out += "...";
      break;
    }
    const auto c = static_cast<unsigned char>(text[i]);
    out += c < 0x20 || c == 0x7f ? ' ' : text[i];
  }
  return out + "'";
}

}  // namespace puente
