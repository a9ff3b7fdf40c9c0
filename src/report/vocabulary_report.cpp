#include "report/vocabulary_report.h"

#include <algorithm>
#include <fmt/format.h>

namespace puente {
namespace {

constexpr size_t kGroupsShown = 8;

Json word_tokens_json(const WordTokens& words) {
  return {{"words", words.words},
          {"tokens_per_word", words.per_word()},
          {"unknown", words.unknown_share()},
          {"parts_of_characters", words.parts_share()}};
}

}  // namespace

Json vocabulary_fit_json(const VocabularyFit& fit) {
  Json json = word_tokens_json(fit.all);
  json["by"] = fit.by_language ? "language" : "script";
  json["tokens_per_word_of_english"] = fit.english.per_word();
  json["unknown_tokens"] = fit.unknown_tokens;
  json["groups"] = Json::array();
  for (const VocabularyFit::Group& group : fit.groups) {
    Json one = {{"name", group.name}};
    one.update(word_tokens_json(group.of_words));
    one["different_words"] = group.different_words;
    one["beside_english"] = fit.beside_english(group);
    json["groups"].push_back(std::move(one));
  }
  json["cautions"] = cautions_of(fit);
  return json;
}

std::string vocabulary_fit_text(const VocabularyFit& fit) {
  std::string text;
  const size_t shown = std::min(fit.groups.size(), kGroupsShown);
  for (size_t i = 0; i < shown; ++i) {
    const VocabularyFit::Group& group = fit.groups[i];
    const WordTokens& words = group.of_words;
    text += fmt::format("{}: {:.2f} tokens per word (English: {:.2f})", group.name,
                        words.per_word(), fit.english.per_word());
    if (words.unknown > 0) text += fmt::format(", {:.1f} % unknown", 100 * words.unknown_share());
    if (words.parts_of_characters > 0) {
      text += fmt::format(", {:.1f} % parts of characters", 100 * words.parts_share());
    }
    text += '\n';
  }
  if (fit.groups.size() > shown) {
    text += fmt::format("{} more are in the report\n", fit.groups.size() - shown);
  }
  return text;
}

}  // namespace puente
