#include "recipe/pattern.h"

#include <algorithm>

#include "base/error.h"

namespace puente {

Pattern::Pattern(std::string_view text) {
  std::string_view rest = text;
  while (true) {
    const size_t open = rest.find_first_of("{}");
    literals_.emplace_back(rest.substr(0, open));
    if (open == rest.npos) return;
    const size_t close = rest.find_first_of("{}", open + 1);
    if (rest[open] == '}' || close == rest.npos || rest[close] == '{') {
      fail("'{}': a brace without its other half", text);
    }
    const std::string name(rest.substr(open + 1, close - open - 1));
    if (name.empty()) fail("'{}': {{}} has no name in it", text);
    if (std::ranges::count(names_, name) > 0) fail("'{}': {{{}}} is there twice", text, name);
    if (!names_.empty() && literals_.back().empty()) {
      fail("'{}': nothing stands between {{{}}} and {{{}}}", text, names_.back(), name);
    }
    names_.push_back(name);
    rest.remove_prefix(close + 1);
  }
}

std::optional<std::vector<std::string>> Pattern::match(std::string_view text) const {
  if (!text.starts_with(literals_.front())) return std::nullopt;
  text.remove_prefix(literals_.front().size());
  std::vector<std::string> found;
  for (size_t i = 1; i < literals_.size(); ++i) {
    const bool last = i + 1 == literals_.size();
    const std::string& literal = literals_[i];
    size_t end = text.npos;
    if (last) {
      if (text.ends_with(literal)) end = text.size() - literal.size();
    } else if (!text.empty()) {
      end = text.find(literal, 1);
    }
    if (end == text.npos || end == 0) return std::nullopt;
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(end + literal.size());
  }
  if (names_.empty() && !text.empty()) return std::nullopt;
  return found;
}

}  // namespace puente
