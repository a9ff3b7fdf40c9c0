// Prompt templates: "Age: {age|int|unknown}. Sex: {sex|unknown}." and a record make a text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

/// Field values come from the columns of one row.
///   {column}             the value as it stands
///   {column|fallback}    `fallback` where the value is missing (empty, NA, NaN, null, None, unknown case-insensitively not included)
///   {column|int}         the value as a whole number (80.0 -> 80); anything else is a UserError
///   {column|int|unknown} as a whole number, or the fallback where it is missing
///   {column|1=right,2=left|unknown}   a value map
///   {{ and }}            literal braces
class Prompt {
 public:
  /// UserError names the position of a mistake in the template.
  explicit Prompt(std::string_view text);

  /// The columns that the template uses, each once, in order.
  const std::vector<std::string>& columns() const { return columns_; }

  /// `values` in the order of columns(). `row` (1-based) and `source` stand in error messages.
  std::string render(const std::vector<std::string_view>& values, int64_t row,
                     std::string_view source) const;

 private:
  struct Piece {
    std::string literal;  // before the field
    int column = -1;      // index into columns_; -1 for the trailing literal
    bool as_int = false;
    bool has_fallback = false;
    std::string fallback;
    std::map<std::string, std::string> value_map;
  };
  std::vector<Piece> pieces_;
  std::vector<std::string> columns_;
};

/// Empty after trimming, or one of NA, N/A, NaN, null, None, "#N/A" in any case.
bool is_missing(std::string_view value);

}  // namespace puente
