// The label, or another word for it, among the fields and in the texts.
#include <algorithm>
#include <array>
#include <string_view>

#include "audit/checks.h"
#include "audit/group_permutation.h"
#include "base/error.h"
#include "text/words.h"

namespace puente::audit_detail {
namespace {

struct Term {
  std::string words;  // as to_words() gives them
  std::string shown;
};

/// Numbers, single letters and answers say nothing about a class by themselves: "age 1", "itch:
/// yes".
bool says_nothing_alone(std::string_view words) {
  constexpr std::array<std::string_view, 15> kAnswers = {
      " yes ",   " no ",   " true ", " false ", " positive ", " negative ", " present ", " absent ",
      " other ", " none ", " high ", " low ",   " left ",     " right ",    " unknown "};
  const bool one_character = std::count_if(words.begin(), words.end(), [](char c) {
                               return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
                             }) <= 3;
  const bool number = words.find_first_not_of(" 0123456789") == words.npos;
  return one_character || number ||
         std::find(kAnswers.begin(), kAnswers.end(), words) != kAnswers.end();
}

/// What a class may be called in a text.
std::vector<Term> terms_of(const AuditInput& input, const std::string& name) {
  std::vector<Term> terms;
  const auto add = [&](std::string words, const std::string& shown) {
    if (!words.empty()) terms.push_back({std::move(words), shown});
  };
  std::string words = to_words(name);
  if (says_nothing_alone(words)) {
    add(to_words(input.label + " " + name), input.label + " " + name);
  } else {
    add(std::move(words), name);
  }
  const auto synonyms = input.facts.synonyms.find(name);
  if (synonyms != input.facts.synonyms.end()) {
    for (const std::string& synonym : synonyms->second) add(to_words(synonym), synonym);
  }
  return terms;
}

/// For every class its terms that stand in a text.
using Named = std::vector<std::vector<int32_t>>;

Named named_in(const std::string& text, const std::vector<std::vector<Term>>& terms) {
  const std::string words = to_words(text);
  Named named(terms.size());
  for (size_t k = 0; k < terms.size(); ++k) {
    for (size_t i = 0; i < terms[k].size(); ++i) {
      if (words.find(terms[k][i].words) != words.npos) named[k].push_back(static_cast<int32_t>(i));
    }
  }
  return named;
}

struct Used {
  size_t label = 0;
  size_t term = 0;
  int64_t rows = 0;
};

constexpr size_t kShownTerms = 8;

/// "'mel' by 'melanoma' (12 rows), 'nv' by 'naevus' (3 rows)", the commonest first.
std::string described(const std::vector<std::vector<int64_t>>& uses,
                      const std::vector<std::vector<Term>>& terms, const Categories& labels) {
  std::vector<Used> used;
  for (size_t k = 0; k < uses.size(); ++k) {
    for (size_t i = 0; i < uses[k].size(); ++i) {
      if (uses[k][i] > 0) used.push_back({k, i, uses[k][i]});
    }
  }
  std::stable_sort(used.begin(), used.end(),
                   [](const Used& a, const Used& b) { return a.rows > b.rows; });
  std::string text;
  for (size_t n = 0; n < std::min(used.size(), kShownTerms); ++n) {
    text += fmt::format("{}'{}' by '{}' ({})", n > 0 ? ", " : "", labels.names[used[n].label],
                        terms[used[n].label][used[n].term].shown, counted(used[n].rows, "row"));
  }
  if (used.size() > kShownTerms) {
    text += " and " + counted(static_cast<int64_t>(used.size() - kShownTerms), "other term");
  }
  return text;
}

void check_texts(const AuditInput& input, Findings& findings) {
  std::vector<std::vector<Term>> terms;
  for (const std::string& name : input.labels.names) terms.push_back(terms_of(input, name));
  const Categories texts = distinct(input.texts);
  std::vector<Named> named;
  for (const std::string& text : texts.names) named.push_back(named_in(text, terms));
  const auto terms_in = [&](size_t row, int32_t label) -> const std::vector<int32_t>& {
    return named[static_cast<size_t>(texts.of_row[row])][static_cast<size_t>(label)];
  };

  std::vector<int32_t> rows;
  std::vector<std::vector<int64_t>> uses;
  for (const auto& of_class : terms) uses.emplace_back(of_class.size());
  for (size_t row = 0; row < texts.of_row.size(); ++row) {
    const int32_t label = input.labels.of_row[row];
    const std::vector<int32_t>& found = terms_in(row, label);
    if (!found.empty()) rows.push_back(static_cast<int32_t>(row));
    for (int32_t term : found) ++uses[static_cast<size_t>(label)][static_cast<size_t>(term)];
  }
  if (rows.empty()) return;
  const PermutationTest test =
      permutation_test(input.labels, input.groups, input.seed, input.threads,
                       [&](const std::vector<int32_t>& labels) {
                         double count = 0;
                         for (size_t row = 0; row < labels.size(); ++row) {
                           count += !terms_in(row, labels[row]).empty();
                         }
                         return count;
                       });
  const bool pointed = test.observed - test.expected >= 0.5 * test.observed;
  const Severity severity = test.significant() ? Severity::error
                            : pointed          ? Severity::warning
                                               : Severity::note;
  const double share = test.observed / static_cast<double>(texts.of_row.size());
  findings.push_back(make_finding(
      input, severity, "label-in-text", share,
      fmt::format("the text names the row's own class in {} ({} of all; {:.1f} by chance, p = "
                  "{:.3f}): {}",
                  counted(static_cast<int64_t>(rows.size()), "row"), percent(share), test.expected,
                  test.p, described(uses, terms, input.labels)),
      severity == Severity::note
          ? "nothing, if the word stands in every text whatever the class"
          : "read these texts, and take out what was written when the diagnosis was known",
      rows));
}

}  // namespace

void check_label_in_text(const AuditInput& input, Findings& findings) {
  if (std::find(input.fields.begin(), input.fields.end(), input.label) != input.fields.end()) {
    findings.push_back(make_finding(
        input, Severity::error, "label-field", 1,
        fmt::format("the label's own column '{}' is among the fields that the model is given",
                    input.label),
        fmt::format("take '{}' out of the prompt", input.label), all_rows(input)));
  }
  if (!input.texts.empty()) check_texts(input, findings);
}

}  // namespace puente::audit_detail
