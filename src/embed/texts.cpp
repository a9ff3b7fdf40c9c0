#include "embed/texts.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/interrupt.h"
#include "base/threads.h"

namespace puente {

namespace {

std::vector<const Column*> columns_of(const Manifest& manifest, const Prompt& prompt) {
  std::vector<const Column*> columns;
  for (const std::string& name : prompt.columns()) {
    columns.push_back(&manifest.column(name, "the prompt"));
  }
  return columns;
}

std::vector<std::string_view> values_at(const std::vector<const Column*>& columns, int64_t row) {
  std::vector<std::string_view> values;
  for (const Column* column : columns) values.push_back(column->values[static_cast<size_t>(row)]);
  return values;
}

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

std::vector<Range> words_of(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  std::vector<Range> words;
  for (size_t begin = text.find_first_not_of(kBlank); begin != text.npos;) {
    const size_t end = std::min(text.find_first_of(kBlank, begin), text.size());
    words.push_back({begin, end});
    begin = text.find_first_not_of(kBlank, end);
  }
  return words;
}

/// The bytes that the encoder reads, to the end (or the start) of a word or a field.
Range kept_of(std::string_view text, const std::vector<Range>& words,
              const std::vector<PromptPlace>& fields, const TextEncoder& encoder,
              Truncate truncate) {
  const bool from_start = truncate == Truncate::end;
  std::vector<size_t> cuts;
  for (const Range& word : words) cuts.push_back(from_start ? word.end : word.begin);
  for (const PromptPlace& field : fields) cuts.push_back(from_start ? field.end : field.begin);
  std::ranges::sort(cuts);  // the longest part that fits is to be found
  const auto fits = [&](size_t cut) {
    const std::string_view part = from_start ? text.substr(0, cut) : text.substr(cut);
    return encoder.tokenize(part, truncate).full_length <= encoder.max_tokens();
  };
  if (from_start) {
    const auto place = std::ranges::partition_point(cuts, fits);
    return {0, place == cuts.begin() ? 0 : *(place - 1)};
  }
  const auto place = std::ranges::partition_point(cuts, [&](size_t cut) { return !fits(cut); });
  return {place == cuts.end() ? text.size() : *place, text.size()};
}

/// Of one text.
struct Lost {
  int64_t words = 0;
  std::vector<bool> fields;  // by the prompt's columns
};

}  // namespace

Texts render_prompts(const Manifest& manifest, const Prompt& prompt) {
  const std::vector<const Column*> columns = columns_of(manifest, prompt);
  Texts result;
  std::unordered_map<std::string, int32_t> seen;
  for (int64_t row = 0; row < manifest.rows(); ++row) {
    std::string text = prompt.render(values_at(columns, row),
                                     manifest.lines[static_cast<size_t>(row)], manifest.source);
    const auto [place, is_new] =
        seen.try_emplace(std::move(text), static_cast<int32_t>(result.texts.size()));
    if (is_new) {
      result.texts.push_back(place->first);
      result.first_row.push_back(row);
    }
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

LostText lost_text(const Manifest& manifest, const Prompt& prompt, const Texts& texts,
                   std::span<const TokenizedText> tokens, const TextEncoder& encoder,
                   Truncate truncate, int threads) {
  const std::vector<const Column*> columns = columns_of(manifest, prompt);
  std::vector<Lost> of_text(texts.texts.size());
  std::vector<int64_t> words_in(texts.texts.size());
  parallel_for(static_cast<int64_t>(texts.texts.size()), threads, [&](int64_t item, int) {
    check_interrupt();
    const auto i = static_cast<size_t>(item);
    const std::string& text = texts.texts[i];
    const std::vector<Range> words = words_of(text);
    words_in[i] = static_cast<int64_t>(words.size());
    if (!tokens[i].truncated()) return;
    const int64_t row = texts.first_row[i];
    const RenderedPrompt rendered = prompt.render_with_places(
        values_at(columns, row), manifest.lines[static_cast<size_t>(row)], manifest.source);
    const Range kept = kept_of(text, words, rendered.fields, encoder, truncate);
    const auto is_lost = [&](size_t begin, size_t end) {
      return begin < end && (begin < kept.begin || end > kept.end);
    };
    of_text[i].words =
        std::ranges::count_if(words, [&](const Range& w) { return is_lost(w.begin, w.end); });
    of_text[i].fields.resize(columns.size());
    for (const PromptPlace& field : rendered.fields) {
      if (is_lost(field.begin, field.end)) {
        of_text[i].fields[static_cast<size_t>(field.column)] = true;
      }
    }
  });
  LostText lost;
  std::vector<int64_t> rows(columns.size());
  for (const int32_t number : texts.of_row) {
    const auto i = static_cast<size_t>(number);
    lost.words += words_in[i];
    lost.words_lost += of_text[i].words;
    for (size_t k = 0; k < of_text[i].fields.size(); ++k) rows[k] += of_text[i].fields[k];
  }
  for (size_t k = 0; k < rows.size(); ++k) {
    if (rows[k] > 0) lost.fields.push_back({prompt.columns()[k], rows[k]});
  }
  return lost;
}

}  // namespace puente
