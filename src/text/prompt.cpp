#include "text/prompt.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/trimmed.h"

namespace puente {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equal_without_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  });
}

/// "80.0", " 80", "+080" -> "80". Works on the digits, so a number of any length stays exact.
/// False when `value` is not a whole number.
bool to_whole_number(std::string_view value, std::string& out) {
  value = trimmed(value);
  bool negative = false;
  if (!value.empty() && (value.front() == '-' || value.front() == '+')) {
    negative = value.front() == '-';
    value.remove_prefix(1);
  }
  const std::string_view whole = value.substr(0, value.find('.'));
  if (whole.empty() || !std::all_of(whole.begin(), whole.end(), is_digit)) return false;
  if (whole.size() < value.size()) {
    const std::string_view decimals = value.substr(whole.size() + 1);
    if (decimals.find_first_not_of('0') != decimals.npos) return false;
  }
  const size_t first = std::min(whole.find_first_not_of('0'), whole.size() - 1);
  out = whole.substr(first);
  if (negative && out != "0") out.insert(out.begin(), '-');
  return true;
}

/// The place of byte `offset`, counted in characters from 1.
size_t position_of(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<size_t>(std::count_if(before.begin(), before.end(), [](char c) {
           return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
         }));
}

/// On one line, and of a length that a message can bear.
std::string shown(std::string_view value) {
  constexpr size_t kShown = 60;
  std::string out(value.substr(0, kShown));
  if (value.size() > kShown) {
    while (!out.empty() && (static_cast<unsigned char>(value[out.size()]) & 0xc0) == 0x80) {
      out.pop_back();
    }
    out += "...";
  }
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

std::map<std::string, std::string> parse_value_map(std::string_view part, size_t position) {
  std::map<std::string, std::string> map;
  while (true) {
    const size_t comma = part.find(',');
    const std::string_view entry = part.substr(0, comma);
    const size_t equals = entry.find('=');
    if (equals == entry.npos) {
      fail("prompt: position {}: '{}' is not KEY=TEXT; write a value map as 1=right,2=left",
           position, shown(entry));
    }
    const std::string key(trimmed(entry.substr(0, equals)));
    if (!map.emplace(key, trimmed(entry.substr(equals + 1))).second) {
      fail("prompt: position {}: the value map has '{}' twice", position, shown(key));
    }
    if (comma == part.npos) return map;
    part.remove_prefix(comma + 1);
  }
}

std::string keys_of(const std::map<std::string, std::string>& map) {
  std::string keys;
  for (const auto& [key, text] : map) {
    if (!keys.empty()) keys += ", ";
    keys += key;
  }
  return shown(keys);
}

}  // namespace

bool is_missing(std::string_view value) {
  constexpr std::array<std::string_view, 6> kMissing = {"na", "n/a", "nan", "null", "none", "#n/a"};
  value = trimmed(value);
  return value.empty() || std::any_of(kMissing.begin(), kMissing.end(), [&](std::string_view word) {
           return equal_without_case(value, word);
         });
}

Prompt::Prompt(std::string_view text) : text_(text) {
  if (text.empty()) fail("prompt: empty; write something like 'Age: {{age|int|unknown}}.'");
  std::string literal;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
      ++i;
    } else if (i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      i += 2;
    } else if (c == '}') {
      fail("prompt: position {}: '}}' without a '{{' before it; a literal brace is written twice",
           position_of(text, i));
    } else {
      const size_t position = position_of(text, i);
      const size_t close = text.find_first_of("{}", i + 1);
      if (close == text.npos || text[close] == '{') {
        fail("prompt: position {}: '{{' without a '}}' after it; a literal brace is written twice",
             position);
      }
      Piece piece = parse_field(text.substr(i + 1, close - i - 1), position);
      piece.literal = std::exchange(literal, {});
      pieces_.push_back(std::move(piece));
      i = close + 1;
    }
  }
  pieces_.push_back({});
  pieces_.back().literal = std::move(literal);
}

Prompt::Piece Prompt::parse_field(std::string_view field, size_t position) {
  Piece piece;
  const size_t bar = field.find('|');
  const std::string name(trimmed(field.substr(0, bar)));
  if (name.empty()) {
    fail("prompt: position {}: a field without a column's name; write {{age}} or {{age|unknown}}",
         position);
  }
  const auto known = std::find(columns_.begin(), columns_.end(), name);
  piece.column = static_cast<int>(known - columns_.begin());
  if (known == columns_.end()) columns_.push_back(name);

  field = bar == field.npos ? std::string_view() : field.substr(bar);
  while (!field.empty()) {
    field.remove_prefix(1);
    const std::string_view part = field.substr(0, field.find('|'));
    field.remove_prefix(part.size());
    if (piece.has_fallback) {
      fail(
          "prompt: position {}: '{}' stands after the fallback '{}'; the order is "
          "{{column|int|1=right,2=left|fallback}}",
          position, shown(part), shown(piece.fallback));
    }
    if (trimmed(part) == "int" && !piece.as_int && piece.value_map.empty()) {
      piece.as_int = true;
    } else if (part.find('=') != part.npos && piece.value_map.empty()) {
      piece.value_map = parse_value_map(part, position);
    } else {
      piece.has_fallback = true;
      piece.fallback = part;
    }
  }
  return piece;
}

Prompt Prompt::of_column(std::string_view name) {
  Prompt prompt;
  prompt.columns_.emplace_back(name);
  prompt.pieces_.emplace_back().column = 0;
  return prompt;
}

std::vector<PromptField> Prompt::fields() const {
  std::vector<PromptField> fields;
  for (const Piece& piece : pieces_) {
    if (piece.column != static_cast<int>(fields.size())) continue;
    PromptField& field =
        fields.emplace_back(PromptField{columns_[static_cast<size_t>(piece.column)], piece.as_int,
                                        piece.has_fallback, piece.fallback});
    for (const auto& [key, word] : piece.value_map) field.known.push_back(key);
  }
  return fields;
}

std::string Prompt::value_of(const Piece& piece, std::string_view value, int64_t line,
                             std::string_view source) const {
  const std::string& column = columns_[static_cast<size_t>(piece.column)];
  std::string key(trimmed(value));
  const bool missing = is_missing(value) && !piece.value_map.contains(key);
  if (missing) {
    if (!piece.has_fallback) {
      fail(
          "{}: line {}, column '{}': the value is missing; give a fallback in the prompt: "
          "{{{}{}|unknown}}",
          source, line, column, column, piece.as_int ? "|int" : "");
    }
    return piece.fallback;
  }
  if (piece.as_int && !to_whole_number(value, key)) {
    fail(
        "{}: line {}, column '{}': '{}' is not a whole number; correct it, or write {{{}}} in the "
        "prompt to take it as text",
        source, line, column, shown(value), column);
  }
  if (!piece.value_map.empty()) {
    const auto mapped = piece.value_map.find(key);
    if (mapped == piece.value_map.end()) {
      fail(
          "{}: line {}, column '{}': '{}' is not in the prompt's value map (it has {}); add it "
          "there",
          source, line, column, shown(value), keys_of(piece.value_map));
    }
    return mapped->second;
  }
  return piece.as_int ? key : std::string(value);
}

RenderedPrompt Prompt::render_with_places(const std::vector<std::string_view>& values, int64_t line,
                                          std::string_view source) const {
  PUENTE_ASSERT(values.size() == columns_.size());
  RenderedPrompt rendered;
  for (const Piece& piece : pieces_) {
    rendered.text += piece.literal;
    if (piece.column < 0) continue;
    const size_t begin = rendered.text.size();
    rendered.text += value_of(piece, values[static_cast<size_t>(piece.column)], line, source);
    rendered.fields.push_back({piece.column, begin, rendered.text.size()});
  }
  return rendered;
}

std::string Prompt::render(const std::vector<std::string_view>& values, int64_t line,
                           std::string_view source) const {
  return render_with_places(values, line, source).text;
}

}  // namespace puente
