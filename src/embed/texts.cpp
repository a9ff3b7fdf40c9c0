#include "embed/texts.h"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace puente {

Texts render_prompts(const Manifest& manifest, const Prompt& prompt) {
  std::vector<const Column*> columns;
  for (const std::string& name : prompt.columns()) {
    columns.push_back(&manifest.column(name, "the prompt"));
  }
  Texts result;
  std::unordered_map<std::string, int32_t> seen;
  std::vector<std::string_view> values(columns.size());
  for (int64_t row = 0; row < manifest.rows(); ++row) {
    for (size_t i = 0; i < columns.size(); ++i) {
      values[i] = columns[i]->values[static_cast<size_t>(row)];
    }
    std::string text =
        prompt.render(values, manifest.lines[static_cast<size_t>(row)], manifest.source);
    const auto [place, is_new] =
        seen.try_emplace(std::move(text), static_cast<int32_t>(result.texts.size()));
    if (is_new) result.texts.push_back(place->first);
    result.of_row.push_back(place->second);
  }
  return result;
}

std::vector<int64_t> text_batches(std::span<const TokenizedText> texts, int64_t most_tokens) {
  std::vector<int64_t> firsts{0};
  int64_t tokens = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    tokens += static_cast<int64_t>(texts[i].ids.size());
    if (tokens > most_tokens && static_cast<int64_t>(i) > firsts.back()) {
      firsts.push_back(static_cast<int64_t>(i));
      tokens = static_cast<int64_t>(texts[i].ids.size());
    }
  }
  firsts.push_back(static_cast<int64_t>(texts.size()));
  return firsts;
}

}  // namespace puente
