#include "embed/vocabulary_fit.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "text/prompt.h"
#include "text/word_breaks.h"

namespace puente {
namespace {

constexpr size_t kMostLanguages = 50;
constexpr std::string_view kNotGiven = "not given";

/// Times that each word comes.
using WordCounts = std::unordered_map<std::string, int64_t>;

/// The languages of each text: of the rows that have it.
std::vector<std::set<std::string>> languages_of(const Manifest& manifest,
                                                const TextLanguage& language, const Texts& texts) {
  std::vector<std::set<std::string>> of_text(texts.texts.size());
  if (language.column.empty()) {
    for (auto& languages : of_text) languages.insert(language.name);
    return of_text;
  }
  const Column& column = manifest.column(language.column, "the texts' language");
  std::set<std::string_view> all;
  for (size_t row = 0; row < texts.of_row.size(); ++row) {
    const std::string& value = column.values[row];
    const std::string_view name = is_missing(value) ? kNotGiven : std::string_view(value);
    all.insert(name);
    of_text[static_cast<size_t>(texts.of_row[row])].emplace(name);
  }
  if (all.size() > kMostLanguages) {
    fail("{}: column '{}' has {} different values: too many for languages", manifest.source,
         language.column, all.size());
  }
  return of_text;
}

std::map<std::string, WordCounts> words_by_group(const Manifest& manifest,
                                                 const TextLanguage& language, const Texts& texts) {
  std::map<std::string, WordCounts> groups;
  std::vector<std::set<std::string>> languages;
  if (language.known()) languages = languages_of(manifest, language, texts);
  WordBreaks breaks;
  for (size_t i = 0; i < texts.texts.size(); ++i) {
    check_interrupt();
    for (const std::string_view word : breaks.words_of(texts.texts[i])) {
      if (languages.empty()) {
        ++groups[script_of(word)][std::string(word)];
        continue;
      }
      for (const std::string& name : languages[i]) ++groups[name][std::string(word)];
    }
  }
  return groups;
}

bool is_english(std::string_view language) {
  for (const std::string_view name : {"en", "EN", "eng", "English", "english"}) {
    if (language == name) return true;
  }
  return language.starts_with("en-") || language.starts_with("en_");
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string caution_of_unknown(const VocabularyFit& fit, const VocabularyFit::Group& group) {
  return fmt::format(
      "{}: {} of the words' tokens are unknown to the text encoder, which cannot tell such words "
      "apart: take an encoder whose vocabulary has {}, or translate the texts",
      group.name, percent(group.of_words.unknown_share()),
      fit.by_language ? "this language" : "this script");
}

std::string caution_of_tokens(const VocabularyFit& fit, const VocabularyFit::Group& group) {
  std::string text = fmt::format(
      "{}: {:.2f} tokens per word, {:.1f} times what everyday English takes ({:.2f}): ", group.name,
      group.of_words.per_word(), fit.beside_english(group), fit.english.per_word());
  if (fit.by_language && is_english(group.name)) {
    return text + "terms that the text encoder hardly knows; an encoder of their field knows more";
  }
  if (fit.by_language || group.name != "Latin") {
    return text + fmt::format(
                      "the text encoder was hardly made for this {}; take a multilingual one, or "
                      "translate the texts (a recipe's values and prompt)",
                      fit.by_language ? "language" : "script");
  }
  return text +
         "another language than the text encoder's, or terms that it hardly knows; take a "
         "multilingual encoder or one of the field, or translate the texts; --language or "
         "--language-column says which language it is";
}

}  // namespace

double VocabularyFit::beside_english(const Group& group) const {
  return english.per_word() > 0 ? group.of_words.per_word() / english.per_word() : 0;
}

VocabularyFit fit_of_vocabulary(const Manifest& manifest, const TextLanguage& language,
                                const Texts& texts, std::span<const TokenizedText> tokens,
                                const TextEncoder& encoder) {
  const Tokenizer& tokenizer = encoder.tokenizer();
  VocabularyFit fit;
  fit.by_language = language.known();
  fit.english = tokens_of_english(tokenizer);
  std::unordered_map<std::string, WordTokens> known;
  for (const auto& [name, words] : words_by_group(manifest, language, texts)) {
    VocabularyFit::Group group{name, {}, static_cast<int64_t>(words.size())};
    for (const auto& [word, times] : words) {
      auto [place, is_new] = known.try_emplace(word);
      if (is_new) place->second = tokens_of_word(tokenizer, word);
      const WordTokens& one = place->second;
      group.of_words +=
          {times, times * one.tokens, times * one.unknown, times * one.parts_of_characters};
    }
    fit.all += group.of_words;
    fit.groups.push_back(std::move(group));
  }
  std::ranges::stable_sort(
      fit.groups, [](const auto& a, const auto& b) { return a.of_words.words > b.of_words.words; });
  for (const TokenizedText& text : tokens) {
    for (int64_t i = 0; i < text.length; ++i) {
      fit.unknown_tokens +=
          tokenizer.kind_of(text.ids[static_cast<size_t>(i)]) == TokenKind::unknown;
    }
  }
  return fit;
}

std::vector<std::string> cautions_of(const VocabularyFit& fit) {
  std::vector<std::string> lines;
  for (const VocabularyFit::Group& group : fit.groups) {
    const double limit = group.different_words >= kManyWords  ? kTokensLimit
                         : group.different_words >= kFewWords ? kTokensLimitOfFew
                                                              : 1e9;
    if (group.of_words.unknown_share() > kUnknownLimit) {
      lines.push_back(caution_of_unknown(fit, group));
    } else if (fit.beside_english(group) > limit) {
      lines.push_back(caution_of_tokens(fit, group));
    }
  }
  return lines;
}

}  // namespace puente
