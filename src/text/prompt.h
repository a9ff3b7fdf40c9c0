// Prompt templates: "Age: {age|int|unknown}. Sex: {sex|unknown}." and a record make a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

/// Where the value of a field stands in a text: bytes [begin, end).
struct PromptPlace {
  int column = 0;  // index into Prompt::columns()
  size_t begin = 0;
  size_t end = 0;
};

/// What a template says of one of its columns.
struct PromptField {
  std::string column;
  bool as_int = false;
  bool has_fallback = false;
  std::string fallback = {};
  std::vector<std::string> known = {};  // keys of its value map; empty: any value
};

struct RenderedPrompt {
  std::string text;
  std::vector<PromptPlace> fields;  // as they come; a column may come twice
};

/// Field values come from the columns of one row. A field is a column's name and up to three parts
/// after it, in this order, each optional; blanks around a name, a key or a number do not count.
///   {column}             the value as it stands
///   {column|fallback}    `fallback` where the value is missing (see is_missing; the word "unknown"
///                        is a value like any other); {column|} puts nothing there
///   {column|int}         the value as a whole number (80.0 -> 80); anything else is a UserError
///   {column|int|unknown} as a whole number, or the fallback where it is missing
///   {column|1=right,2=left|unknown}   a value map: a part with '=' in it. A value that is not in
///                        the map is a UserError; a missing one takes the fallback. After int, the
///                        keys are compared with the whole number: {eye|int|1=right,2=left}
///   {{ and }}            literal braces
/// A missing value in a field without a fallback is a UserError: an empty place in a sentence would
/// go unnoticed.
class Prompt {
 public:
  /// UserError names the position (in characters, from 1) of a mistake in the template.
  explicit Prompt(std::string_view text);
  /// The value of one column as it stands, whatever characters its name has.
  static Prompt of_column(std::string_view name);

  /// The template as it was written; empty for of_column().
  const std::string& text() const { return text_; }
  /// The columns that the template uses, each once, in order.
  const std::vector<std::string>& columns() const { return columns_; }
  /// In the order of columns(), as each is first used.
  std::vector<PromptField> fields() const;

  /// `values` in the order of columns(). `line` (of the file) and `source` stand in error
  /// messages: "manifest.csv: line 3, column 'age': '5O' is not a whole number; ...".
  std::string render(const std::vector<std::string_view>& values, int64_t line,
                     std::string_view source) const;
  RenderedPrompt render_with_places(const std::vector<std::string_view>& values, int64_t line,
                                    std::string_view source) const;

 private:
  Prompt() = default;
  struct Piece {
    std::string literal;  // before the field
    int column = -1;      // index into columns_; -1 for the trailing literal
    bool as_int = false;
    bool has_fallback = false;
    std::string fallback;
    std::map<std::string, std::string> value_map;
  };
  Piece parse_field(std::string_view field, size_t position);
  std::string value_of(const Piece& piece, std::string_view value, int64_t line,
                       std::string_view source) const;

  std::string text_;
  std::vector<Piece> pieces_;
  std::vector<std::string> columns_;
};

/// Empty after trimming, or one of NA, N/A, NaN, null, None, "#N/A" in any case.
bool is_missing(std::string_view value);

}  // namespace puente
