#include "text/field_order.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <set>

#include "base/rng.h"
#include "formats/csv.h"
#include "support/files.h"
#include "text/llama_tokenizer.h"
#include "text/prompt_sentences.h"
#include "text/token_tree.h"

namespace puente {
namespace {

using Table = std::map<std::string, std::vector<std::string>>;

RenderRecords rendering(const Table& table) {
  return [&table](const Prompt& prompt) {
    std::vector<std::string> texts;
    for (size_t row = 0; row < table.begin()->second.size(); ++row) {
      std::vector<std::string_view> values;
      for (const std::string& name : prompt.columns()) values.push_back(table.at(name)[row]);
      texts.push_back(prompt.render(values, 1, "table"));
    }
    return texts;
  };
}

/// A token per character that is no blank, between 1 and 2.
TokenizedText characters(std::string_view text) {
  TokenizedText result;
  result.ids.push_back(1);
  for (const char c : text) {
    if (c != ' ') result.ids.push_back(static_cast<uint8_t>(c) + 3);
  }
  result.ids.push_back(2);
  result.length = result.full_length = std::ssize(result.ids);
  return result;
}

int64_t nodes_of(std::string_view prompt, const Table& table, const TokenizeText& tokenize) {
  std::set<std::string> different;
  for (std::string& text : rendering(table)(Prompt(prompt))) different.insert(std::move(text));
  std::vector<TokenizedText> texts;
  for (const std::string& text : different) texts.push_back(tokenize(text));
  return TokenTree(texts).nodes();
}

int64_t fewest_nodes(std::string_view prompt, const Table& table, const TokenizeText& tokenize) {
  const auto cut = cut_prompt(prompt);
  std::vector<int> order(cut->movable.size());
  std::iota(order.begin(), order.end(), 0);
  int64_t fewest = nodes_of(prompt, table, tokenize);
  while (std::next_permutation(order.begin(), order.end())) {
    fewest = std::min(fewest, nodes_of(cut->in_order(order), table, tokenize));
  }
  return fewest;
}

/// Columns a, b, ... with so many different values each, of up to `longest` letters more.
Table random_table(Rng& rng, const std::vector<uint64_t>& values, int64_t rows,
                   uint64_t longest = 0) {
  Table table;
  char name = 'a';
  for (const uint64_t n : values) {
    const std::string letters(rng.below(longest + 1), 'x');
    std::vector<std::string>& column = table[std::string(1, name++)];
    for (int64_t row = 0; row < rows; ++row) {
      column.push_back(std::to_string(rng.below(n) * 37) + letters);
    }
  }
  return table;
}

TEST(FieldOrder, FewValuesFirst) {
  Rng rng(3);
  const Table table = random_table(rng, {400, 2, 30}, 500);
  constexpr std::string_view kPrompt = "Skin. Age {a}. Sex {b}. Site {c}. Which?";
  const auto proposal = propose_field_order(kPrompt, rendering(table), characters);
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->prompt, "Skin. Sex {b}. Site {c}. Age {a}. Which?");
  EXPECT_EQ(proposal->nodes_now, nodes_of(kPrompt, table, characters));
  EXPECT_EQ(proposal->nodes, nodes_of(proposal->prompt, table, characters));
  EXPECT_LT(proposal->nodes, proposal->nodes_now);
  EXPECT_FALSE(propose_field_order(proposal->prompt, rendering(table), characters));
}

TEST(FieldOrder, IsTheBestOfAll) {
  Rng rng(4);
  constexpr std::string_view kPrompt = "The age is {a}. Sex {b}. A site {c}. Type {d}.";
  int proposals = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<uint64_t> values;
    for (int i = 0; i < 4; ++i) values.push_back(1 + rng.below(rng.below(2) == 0 ? 4 : 60));
    const Table table = random_table(rng, values, 1 + static_cast<int64_t>(rng.below(150)), 20);
    const int64_t fewest = fewest_nodes(kPrompt, table, characters);
    const auto proposal = propose_field_order(kPrompt, rendering(table), characters);
    EXPECT_EQ(proposal ? proposal->nodes : nodes_of(kPrompt, table, characters), fewest);
    proposals += proposal ? 1 : 0;
  }
  EXPECT_GT(proposals, 50);
}

TEST(FieldOrder, ManySentencesArePickedOneByOne) {
  Rng rng(5);
  const Table table = random_table(rng, {90, 80, 70, 60, 50, 40, 30, 20, 2}, 300);
  std::string prompt;
  for (char c = 'a'; c <= 'i'; ++c)
    prompt += std::string(prompt.empty() ? "" : " ") + "X {" + c + "}.";
  const auto proposal = propose_field_order(prompt, rendering(table), characters);
  ASSERT_TRUE(proposal);
  EXPECT_TRUE(proposal->prompt.starts_with("X {i}. X {h}. "));
  EXPECT_LT(proposal->nodes, proposal->nodes_now);
}

TEST(FieldOrder, ManyRecordsAreSampled) {
  Rng rng(6);
  const Table table = random_table(rng, {20000, 20, 2}, 60000);
  const auto proposal = propose_field_order("A {a}. B {b}. C {c}.", rendering(table), characters);
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->prompt, "C {c}. B {b}. A {a}.");
}

TEST(FieldOrder, NothingToPropose) {
  Rng rng(7);
  const Table table = random_table(rng, {30, 2}, 100);
  EXPECT_FALSE(propose_field_order("A {a}, b {b}.", rendering(table), characters));
  EXPECT_FALSE(propose_field_order("B {b}. A {a}.", rendering(table), characters));
  const Table same = random_table(rng, {1, 1}, 100);
  EXPECT_FALSE(propose_field_order("A {a}. B {b}.", rendering(same), characters));
  const Table empty = {{"a", {}}, {"b", {}}};
  EXPECT_FALSE(propose_field_order("A {a}. B {b}.", rendering(empty), characters));
}

class Ham10000 : public ::testing::Test {
 protected:
  void read(const std::filesystem::path& fields) {
    CsvReader reader(fields);
    CsvRow row;
    while (reader.next(row)) {
      for (size_t i = 0; i < row.fields.size(); ++i) {
        table_[reader.header()[i]].emplace_back(row.fields[i]);
      }
    }
  }
  Table table_;
};

TEST_F(Ham10000, TheTreeOfItsPrompts) {
  PUENTE_SHARED_DATA_OR_SKIP(fields, "ham10000/prompt_fields_all_10015.csv");
  PUENTE_SHARED_DATA_OR_SKIP(model, "tokenizers/llama");
  read(fields);
  const LlamaTokenizer tokenizer(model);
  const auto tokenize = [&](std::string_view text) { return tokenizer.encode(text, 4096); };
  constexpr std::string_view kPrompt =
      "Diagnosed by {dx_type}. Age: {age|int|unknown} years. Sex: {sex}. Site: {localization}.";
  std::vector<TokenizedText> texts;
  for (const std::string& text : rendering(table_)(Prompt(kPrompt))) {
    texts.push_back(tokenize(text));
  }
  const TreeCounts counts = TokenTree(texts).counts();
  EXPECT_EQ(counts.texts, 10015);
  EXPECT_EQ(counts.different_texts, 806);
  EXPECT_EQ(counts.tokens, 244238);
  EXPECT_EQ(counts.different_tokens, 19366);
  EXPECT_EQ(counts.nodes, 3151);

  constexpr std::string_view kAgeLast =
      "Diagnosed by {dx_type}. Sex: {sex}. Site: {localization}. Age: {age|int|unknown} years.";
  EXPECT_EQ(nodes_of(kAgeLast, table_, tokenize), 3449);
  const auto proposal = propose_field_order(kAgeLast, rendering(table_), tokenize);
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->nodes_now, 3449);
  EXPECT_EQ(proposal->nodes, fewest_nodes(kPrompt, table_, tokenize)) << proposal->prompt;
}

}  // namespace
}  // namespace puente
