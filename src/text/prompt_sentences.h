// A prompt template cut into the sentences that may change places.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

struct PromptSentences {
  std::string start;                 // sentences without a field that open the template, or nothing
  std::vector<std::string> movable;  // at least two
  std::string end;                   // sentences without a field that close it, or nothing
  std::string blank;                 // what stands between two sentences

  /// The template with `movable` in another order: order[i] is the i-th's index.
  std::string in_order(std::span<const int> order) const;
};

/// "Age: {age}. Sex: {sex}." -> "Age: {age}." and "Sex: {sex}.". A sentence ends at a line break,
/// or at '.', '!' or '?' before blanks and what looks like the start of another: no small letter,
/// and no field unless one stood just before the mark ("approx. {age}" is no end). A sentence
/// without a field goes with the one before it, except at the start and the end of the template,
/// where it stays. Nothing where fewer than two sentences have fields, where the blanks between
/// sentences differ or stand at its ends too, or where the last sentence has no mark, as the others
/// have, and so would have to stay last.
std::optional<PromptSentences> cut_prompt(std::string_view prompt);

}  // namespace puente
