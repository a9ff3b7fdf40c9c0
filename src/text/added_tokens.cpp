#include "text/added_tokens.h"

#include <algorithm>
#include <utility>

namespace puente {

void AddedTokenFinder::add(std::u32string content, int32_t id) {
  if (content.empty()) return;
  const auto shorter = [&](const Entry& entry) { return entry.content.size() < content.size(); };
  if (first_.find(content.front()) == first_.npos) first_.push_back(content.front());
  const auto place = std::find_if(entries_.begin(), entries_.end(), shorter);
  entries_.insert(place, {std::move(content), id});
}

std::vector<TextStretch> AddedTokenFinder::cut(std::u32string_view text) const {
  std::vector<TextStretch> stretches;
  size_t begin = 0;
  for (size_t i = text.find_first_of(first_); i < text.size(); i = text.find_first_of(first_, i)) {
    const auto here = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return text.substr(i).starts_with(entry.content);
    });
    if (here == entries_.end()) {
      ++i;
      continue;
    }
    if (i > begin) stretches.push_back({-1, text.substr(begin, i - begin)});
    stretches.push_back({here->id, text.substr(i, here->content.size())});
    i += here->content.size();
    begin = i;
  }
  if (begin < text.size()) stretches.push_back({-1, text.substr(begin)});
  return stretches;
}

}  // namespace puente
