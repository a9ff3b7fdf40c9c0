// Patterns such as "image_{date}.tiff" and "{year}/w{week}": texts that are known but for some
// parts with names. For names of files and of columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

class Pattern {
 public:
  /// UserError for a brace without its other half, an empty or repeated name, and two {...} with
  /// nothing between them.
  explicit Pattern(std::string_view text);

  const std::vector<std::string>& names() const { return names_; }
  /// What {...} stand for, in the order of names(); nothing where `text` is another. Each takes as
  /// little as it can, and at least one character.
  std::optional<std::vector<std::string>> match(std::string_view text) const;

 private:
  std::vector<std::string> literals_;  // one more than names_: before, between, after
  std::vector<std::string> names_;
};

}  // namespace puente
