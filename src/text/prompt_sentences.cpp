#include "text/prompt_sentences.h"

#include <algorithm>

namespace puente {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(char c) { return kBlanks.find(c) != kBlanks.npos; }
bool is_mark(char c) { return c == '.' || c == '!' || c == '?'; }

/// For each byte whether it belongs to a field, with its braces; {{ and }} are literal braces.
std::vector<bool> bytes_of_fields(std::string_view prompt) {
  std::vector<bool> in_field(prompt.size());
  for (size_t i = 0; i < prompt.size(); ++i) {
    if (prompt[i] != '{') continue;
    if (i + 1 < prompt.size() && prompt[i + 1] == '{') {
      ++i;
      continue;
    }
    const size_t close = std::min(prompt.find('}', i), prompt.size() - 1);
    std::fill(in_field.begin() + static_cast<ptrdiff_t>(i),
              in_field.begin() + static_cast<ptrdiff_t>(close) + 1, true);
    i = close;
  }
  return in_field;
}

struct Sentence {
  std::string text;
  bool has_field = false;
};

/// Sentences and the blanks between them; empty where those differ.
struct Cut {
  std::vector<Sentence> sentences;
  std::string blank;
  bool even = true;
};

Cut cut_at_ends(std::string_view prompt) {
  const std::vector<bool> in_field = bytes_of_fields(prompt);
  Cut cut;
  size_t begin = 0;
  const auto add = [&](size_t end) {
    const auto first = in_field.begin() + static_cast<ptrdiff_t>(begin);
    const auto last = in_field.begin() + static_cast<ptrdiff_t>(end);
    cut.sentences.push_back(
        {std::string(prompt.substr(begin, end - begin)), std::find(first, last, true) != last});
  };
  for (size_t i = 1; i < prompt.size(); ++i) {
    if (in_field[i] || !is_blank(prompt[i])) continue;
    const size_t next = prompt.find_first_not_of(kBlanks, i);
    const std::string_view blank = prompt.substr(i, next - i);
    const char c = prompt[next];
    const bool after_field = i >= 2 && in_field[i - 2];
    const bool starts = (c < 'a' || c > 'z') && (!in_field[next] || after_field);
    const bool ends =
        blank.find('\n') != blank.npos || (!in_field[i - 1] && is_mark(prompt[i - 1]) && starts);
    if (ends) {
      add(i);
      if (cut.blank.empty()) cut.blank = blank;
      cut.even &= cut.blank == blank;
      begin = next;
    }
    i = next - 1;
  }
  add(prompt.size());
  return cut;
}

void append(std::string& text, std::string_view sentence, std::string_view blank) {
  if (!text.empty() && !sentence.empty()) text += blank;
  text += sentence;
}

}  // namespace

std::string PromptSentences::in_order(std::span<const int> order) const {
  std::string prompt = start;
  for (const int i : order) append(prompt, movable[static_cast<size_t>(i)], blank);
  append(prompt, end, blank);
  return prompt;
}

std::optional<PromptSentences> cut_prompt(std::string_view prompt) {
  if (prompt.empty() || is_blank(prompt.front()) || is_blank(prompt.back())) return std::nullopt;
  const Cut cut = cut_at_ends(prompt);
  const bool by_lines = cut.blank.find('\n') != cut.blank.npos;
  if (!cut.even || (!by_lines && !is_mark(prompt.back()))) return std::nullopt;
  PromptSentences result;
  result.blank = cut.blank;
  std::string waiting;  // without a field: the next sentence decides whose they are
  for (const Sentence& sentence : cut.sentences) {
    if (!sentence.has_field) {
      append(waiting, sentence.text, cut.blank);
      continue;
    }
    append(result.movable.empty() ? result.start : result.movable.back(), waiting, cut.blank);
    waiting.clear();
    result.movable.push_back(sentence.text);
  }
  result.end = waiting;
  if (result.movable.size() < 2) return std::nullopt;
  return result;
}

}  // namespace puente
