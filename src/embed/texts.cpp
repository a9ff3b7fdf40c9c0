#include "embed/texts.h"

#include <algorithm>
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

std::vector<TokenizedText> tokenize(const Texts& texts, const TextEncoder& encoder,
                                    Truncate truncate) {
  std::vector<TokenizedText> tokens;
  tokens.reserve(texts.texts.size());
  for (const std::string& text : texts.texts) tokens.push_back(encoder.tokenize(text, truncate));
  return tokens;
}

int64_t count_truncated(const Texts& texts, std::span<const TokenizedText> tokens) {
  return std::ranges::count_if(
      texts.of_row, [&](int32_t text) { return tokens[static_cast<size_t>(text)].truncated(); });
}

}  // namespace puente
