#include "text/field_order.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/rng.h"
#include "text/prompt_sentences.h"
#include "text/token_order.h"
#include "text/token_tree.h"

namespace puente {
namespace {

constexpr size_t kMostWeighedAll = 7;  // sentences
constexpr size_t kMostRecords = 20000;

using Ids = std::vector<int32_t>;

/// What one sentence says in the records.
struct Values {
  std::vector<Ids> tokens;  // of each different value, sorted, so that neighbours share the most
  Ids of_record;            // index into tokens
};

/// What is between the tokens that frame every text.
Ids without_frame(TokenizedText text, const TokenizedText& empty) {
  text.ids.resize(static_cast<size_t>(text.length));
  if (!text.ids.empty() && empty.length > 0) text.ids.erase(text.ids.begin());
  const int64_t after = std::max<int64_t>(empty.length - 1, 0);
  text.ids.resize(static_cast<size_t>(std::max<int64_t>(std::ssize(text.ids) - after, 0)));
  return std::move(text.ids);
}

Values values_of(const std::vector<std::string>& texts, const TokenizeText& tokenize,
                 const TokenizedText& empty) {
  std::unordered_map<std::string_view, int32_t> seen;
  std::vector<Ids> tokens;
  Values values;
  for (const std::string& text : texts) {
    const auto [place, is_new] = seen.try_emplace(text, static_cast<int32_t>(tokens.size()));
    if (is_new) tokens.push_back(without_frame(tokenize(text), empty));
    values.of_record.push_back(place->second);
  }
  const std::vector<std::span<const int32_t>> spans(tokens.begin(), tokens.end());
  Ids rank(tokens.size());
  for (const int32_t value : lexicographic_order(spans)) {
    rank[static_cast<size_t>(value)] = static_cast<int32_t>(values.tokens.size());
    values.tokens.push_back(tokens[static_cast<size_t>(value)]);
  }
  for (int32_t& value : values.of_record) value = rank[static_cast<size_t>(value)];
  return values;
}

/// Keeps each different record once, and of those a sample, if they are many.
void keep_some_records(std::vector<Values>& sentences) {
  const size_t records = sentences.front().of_record.size(), width = sentences.size();
  Ids table;
  for (size_t record = 0; record < records; ++record) {
    for (const Values& values : sentences) table.push_back(values.of_record[record]);
  }
  std::vector<std::span<const int32_t>> rows;
  for (size_t record = 0; record < records; ++record) {
    rows.push_back(std::span(table).subspan(record * width, width));
  }
  Ids kept;
  for (const int32_t record : lexicographic_order(rows)) {
    const auto same = [&](int32_t other) {
      return std::ranges::equal(rows[static_cast<size_t>(record)],
                                rows[static_cast<size_t>(other)]);
    };
    if (kept.empty() || !same(kept.back())) kept.push_back(record);
  }
  if (kept.size() > kMostRecords) {
    Rng(1).shuffle(std::span(kept));
    kept.resize(kMostRecords);
  }
  for (Values& values : sentences) {
    Ids of_kept;
    for (const int32_t record : kept) {
      of_kept.push_back(values.of_record[static_cast<size_t>(record)]);
    }
    values.of_record = std::move(of_kept);
  }
}

/// Records that begin alike, as numbers, after one more sentence.
struct Step {
  int64_t nodes = 0;  // that the sentence adds
  int32_t classes = 0;
  Ids of_record;
};

/// A sentence after others adds, to each different beginning, the tree of the values that follow
/// it. That depends on which sentences come before, not on their order.
Step add_sentence(const Ids& beginnings, const Values& values) {
  std::vector<std::pair<uint64_t, size_t>> sorted;
  for (size_t record = 0; record < beginnings.size(); ++record) {
    sorted.emplace_back(static_cast<uint64_t>(beginnings[record]) << 32 |
                            static_cast<uint32_t>(values.of_record[record]),
                        record);
  }
  std::sort(sorted.begin(), sorted.end());
  Step step;
  step.of_record.resize(beginnings.size());
  for (size_t i = 0; i < sorted.size(); ++i) {
    const uint64_t pair = sorted[i].first;
    const uint64_t before = i == 0 ? ~uint64_t{0} : sorted[i - 1].first;
    if (pair != before) {
      const Ids& tokens = values.tokens[pair & 0xffffffffu];
      step.nodes += std::ssize(tokens);
      if (pair >> 32 == before >> 32) {
        step.nodes -= common_prefix(values.tokens[before & 0xffffffffu], tokens);
      }
      ++step.classes;
    }
    step.of_record[sorted[i].second] = step.classes - 1;
  }
  return step;
}

/// Over sets of sentences: the best order of a set ends with some sentence, after the best order of
/// the others. Bit i of a set is sentence i.
std::vector<int> best_of_all(const std::vector<Values>& sentences) {
  const size_t sets = size_t{1} << sentences.size();
  struct Best {
    int64_t nodes = std::numeric_limits<int64_t>::max();
    int last = -1;
    Ids of_record;
  };
  std::vector<Best> best(sets);
  best[0].nodes = 0;
  best[0].of_record.resize(sentences.front().of_record.size());
  for (size_t set = 0; set + 1 < sets; ++set) {
    for (size_t i = 0; i < sentences.size(); ++i) {
      if ((set >> i & 1) != 0) continue;
      Step step = add_sentence(best[set].of_record, sentences[i]);
      Best& longer = best[set | size_t{1} << i];
      const int64_t nodes = best[set].nodes + step.nodes;
      // Of equal ones the order that ends with the later sentence, which is nearer to what stands.
      if (nodes > longer.nodes) continue;
      longer = {nodes, static_cast<int>(i), std::move(step.of_record)};
    }
    best[set].of_record = {};
  }
  std::vector<int> order;
  for (size_t set = sets - 1; set != 0; set &= ~(size_t{1} << order.back())) {
    order.push_back(best[set].last);
  }
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<int> one_by_one(const std::vector<Values>& sentences) {
  std::vector<int> order, left(sentences.size());
  std::iota(left.begin(), left.end(), 0);
  Ids beginnings(sentences.front().of_record.size());
  while (!left.empty()) {
    Step best;
    auto chosen = left.end();
    for (auto it = left.begin(); it != left.end(); ++it) {
      Step step = add_sentence(beginnings, sentences[static_cast<size_t>(*it)]);
      if (chosen == left.end() ||
          std::pair(step.classes, step.nodes) < std::pair(best.classes, best.nodes)) {
        best = std::move(step);
        chosen = it;
      }
    }
    beginnings = std::move(best.of_record);
    order.push_back(*chosen);
    left.erase(chosen);
  }
  return order;
}

int64_t nodes_of(std::string_view prompt, const RenderRecords& render,
                 const TokenizeText& tokenize) {
  const std::vector<std::string> texts = render(Prompt(prompt));
  const std::unordered_set<std::string_view> different(texts.begin(), texts.end());
  std::vector<TokenizedText> tokens;
  for (const std::string_view text : different) tokens.push_back(tokenize(text));
  return TokenTree(tokens).nodes();
}

}  // namespace

std::optional<FieldOrder> propose_field_order(std::string_view prompt, const RenderRecords& render,
                                              const TokenizeText& tokenize) {
  const std::optional<PromptSentences> cut = cut_prompt(prompt);
  if (!cut) return std::nullopt;
  const TokenizedText empty = tokenize("");
  std::vector<Values> sentences;
  for (const std::string& sentence : cut->movable) {
    sentences.push_back(values_of(render(Prompt(sentence)), tokenize, empty));
  }
  keep_some_records(sentences);
  const std::vector<int> order =
      sentences.size() <= kMostWeighedAll ? best_of_all(sentences) : one_by_one(sentences);
  if (std::is_sorted(order.begin(), order.end())) return std::nullopt;

  FieldOrder proposal;
  proposal.prompt = cut->in_order(order);
  proposal.nodes_now = nodes_of(prompt, render, tokenize);
  proposal.nodes = nodes_of(proposal.prompt, render, tokenize);
  if (proposal.nodes >= proposal.nodes_now) return std::nullopt;
  return proposal;
}

}  // namespace puente
