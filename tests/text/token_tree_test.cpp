#include "text/token_tree.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "base/rng.h"
#include "text/naive_tree.h"

namespace puente {
namespace {

using test::Ids;
using test::NaiveTree;
using test::Texts;

TokenTree tree_of(const Texts& texts) {
  const std::vector<std::span<const int32_t>> spans(texts.begin(), texts.end());
  return TokenTree(spans);
}

/// The text that ends in a node, read off the rows above it.
Ids text_at(const TokenTree& tree, int32_t node) {
  Ids text;
  if (node < 0) return text;
  const int32_t segment = tree.segment_of(node);
  std::vector<RowRange> ranges;
  tree.rows_above(segment, ranges);
  const TreeSegment& own = tree.segments()[static_cast<size_t>(segment)];
  for (size_t i = 1; i < ranges.size(); ++i) {
    EXPECT_GT(ranges[i].first, ranges[i - 1].first + ranges[i - 1].count) << "touching ranges";
  }
  ranges.push_back({own.first, node - own.first + 1});
  for (const RowRange& range : ranges) {
    for (int32_t row = range.first; row < range.first + range.count; ++row) {
      EXPECT_EQ(tree.depths()[static_cast<size_t>(row)], static_cast<int32_t>(text.size()));
      text.push_back(tree.tokens()[static_cast<size_t>(row)]);
    }
  }
  return text;
}

Ids copy_of(std::span<const int32_t> numbers) { return {numbers.begin(), numbers.end()}; }

int64_t tokens_of(const auto& texts) {
  int64_t tokens = 0;
  for (const Ids& text : texts) tokens += static_cast<int64_t>(text.size());
  return tokens;
}

void expect_as_naive(const Texts& texts) {
  const TokenTree tree = tree_of(texts);
  const NaiveTree naive(texts);
  ASSERT_EQ(copy_of(tree.tokens()), naive.tokens);
  ASSERT_EQ(copy_of(tree.depths()), naive.depths);
  ASSERT_EQ(tree.segments().size(), naive.segments.size());
  for (size_t s = 0; s < naive.segments.size(); ++s) {
    const TreeSegment &got = tree.segments()[s], &expected = naive.segments[s];
    ASSERT_EQ(got.first, expected.first);
    ASSERT_EQ(got.count, expected.count);
    ASSERT_EQ(got.parent, expected.parent);
    ASSERT_EQ(got.depth, expected.depth);
    ASSERT_LT(got.parent, static_cast<int32_t>(s));
  }
  ASSERT_EQ(tree.ends().size(), texts.size());
  size_t longest = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_EQ(tree.ends()[i], texts[i].empty() ? -1 : naive.row_of.at(texts[i]));
    ASSERT_EQ(text_at(tree, tree.ends()[i]), texts[i]);
    longest = std::max(longest, texts[i].size());
  }
  const std::set<Ids> different(texts.begin(), texts.end());
  const TreeCounts& counts = tree.counts();
  EXPECT_EQ(counts.texts, static_cast<int64_t>(texts.size()));
  EXPECT_EQ(counts.different_texts, static_cast<int64_t>(different.size()));
  EXPECT_EQ(counts.tokens, tokens_of(texts));
  EXPECT_EQ(counts.different_tokens, tokens_of(different));
  EXPECT_EQ(counts.nodes, tree.nodes());
  EXPECT_EQ(counts.longest_text, static_cast<int64_t>(longest));
}

void expect_sound_parts(const Texts& texts, int64_t most_nodes) {
  const std::vector<TreePart> parts = split_tree(tree_of(texts), most_nodes);
  std::vector<int> times(texts.size());
  std::map<Ids, size_t> part_of;
  int64_t nodes = 0;
  for (size_t p = 0; p < parts.size(); ++p) {
    Texts own;
    std::set<Ids> different;
    for (const int32_t i : parts[p].texts) {
      ++times[static_cast<size_t>(i)];
      const Ids& text = texts[static_cast<size_t>(i)];
      own.push_back(text);
      if (!text.empty()) different.insert(text);
      EXPECT_EQ(part_of.try_emplace(text, p).first->second, p) << "equal texts in two parts";
    }
    // A tree of the part's texts has all that they need.
    EXPECT_EQ(parts[p].nodes, tree_of(own).nodes());
    EXPECT_TRUE(parts[p].nodes <= most_nodes || different.size() == 1);
    nodes += parts[p].nodes;
  }
  EXPECT_EQ(times, std::vector<int>(texts.size(), 1));
  EXPECT_EQ(total_nodes(parts), nodes);
}

/// Short alphabets and few different lengths make texts that share, repeat and contain each other.
Texts random_texts(Rng& rng) {
  const uint64_t alphabet = 1 + rng.below(4), longest = rng.below(9);
  Texts texts(rng.below(40));
  for (Ids& text : texts) {
    text.resize(rng.below(longest + 1));
    for (int32_t& id : text) id = static_cast<int32_t>(rng.below(alphabet));
  }
  return texts;
}

TEST(TokenTree, IsThePrefixTree) {
  Rng rng(5);
  for (int round = 0; round < 2000 && !::testing::Test::HasFailure(); ++round) {
    expect_as_naive(random_texts(rng));
  }
}

TEST(TokenTree, NoTexts) {
  const TokenTree tree = tree_of({});
  EXPECT_EQ(tree.nodes(), 0);
  EXPECT_TRUE(tree.segments().empty());
  EXPECT_EQ(tree.counts().sharing(), 1.0);
  EXPECT_TRUE(split_tree(tree, 10).empty());
}

TEST(TokenTree, TextsOfNoTokensHaveNoNode) {
  const TokenTree tree = tree_of({{}, {1}, {}});
  EXPECT_EQ(copy_of(tree.ends()), (Ids{-1, 0, -1}));
  EXPECT_EQ(tree.counts().different_texts, 2);
  EXPECT_EQ(tree_of({{}, {}}).counts().different_texts, 1);
  const std::vector<TreePart> parts = split_tree(tree_of({{}, {}}), 10);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].nodes, 0);
  EXPECT_EQ(parts[0].texts, (Ids{0, 1}));
}

TEST(TokenTree, EmptyTextsOfAFrame) {
  const TokenTree tree = tree_of({{1}, {1}});  // only BOS
  EXPECT_EQ(tree.nodes(), 1);
  EXPECT_EQ(copy_of(tree.ends()), (Ids{0, 0}));
}

TEST(TokenTree, OneText) {
  const TokenTree tree = tree_of({{1, 7, 7, 9}});
  EXPECT_EQ(copy_of(tree.tokens()), (Ids{1, 7, 7, 9}));
  EXPECT_EQ(copy_of(tree.depths()), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(tree.segments().size(), 1u);
  EXPECT_EQ(tree.segment_of(3), 0);
}

TEST(TokenTree, EqualTexts) {
  const TokenTree tree = tree_of(Texts(50, Ids{1, 2, 3}));
  EXPECT_EQ(tree.nodes(), 3);
  EXPECT_EQ(copy_of(tree.ends()), Ids(50, 2));
  EXPECT_EQ(tree.counts().sharing(), 50.0);
}

TEST(TokenTree, TextsThatShareNothing) {
  const TokenTree tree = tree_of({{3, 1}, {2, 1}, {1, 1}});
  EXPECT_EQ(copy_of(tree.tokens()), (Ids{1, 1, 2, 1, 3, 1}));
  EXPECT_EQ(copy_of(tree.ends()), (Ids{5, 3, 1}));
  ASSERT_EQ(tree.segments().size(), 3u);
  for (const TreeSegment& segment : tree.segments()) EXPECT_EQ(segment.parent, -1);
  EXPECT_EQ(tree.counts().sharing(), 1.0);
}

TEST(TokenTree, ATextThatStartsAnotherEndsInsideItsSegment) {
  const TokenTree tree = tree_of({{1, 2, 3, 4}, {1, 2}});
  EXPECT_EQ(tree.nodes(), 4);
  EXPECT_EQ(copy_of(tree.ends()), (Ids{3, 1}));
  EXPECT_EQ(tree.segments().size(), 1u);
}

TEST(TokenTree, RowsAbove) {
  const TokenTree tree = tree_of({{1, 2, 3, 4, 5, 6, 7}, {1, 2, 3, 4, 5, 8}, {1, 2, 3, 9}});
  ASSERT_EQ(tree.segments().size(), 5u);  // rows 0-2, 3-4, 5-6, 7, 8
  std::vector<RowRange> ranges{{9, 9}};
  const auto expect_above = [&](const TokenTree& of, int32_t segment,
                                const std::vector<RowRange>& expected) {
    of.rows_above(segment, ranges);
    EXPECT_EQ(ranges, expected);
  };
  expect_above(tree, 0, {});
  expect_above(tree, 2, {{0, 5}});  // first children all the way are one range
  expect_above(tree, 3, {{0, 5}});
  expect_above(tree, 4, {{0, 3}});
  const TokenTree other = tree_of({{1, 2}, {1, 3, 4}, {1, 3, 5}});
  expect_above(other, other.segment_of(other.ends()[2]), {{0, 1}, {2, 1}});
}

TEST(TokenTree, PaddingIsNotPartOfAText) {
  std::vector<TokenizedText> texts(2);
  texts[0].ids = {1, 2, 0, 0};
  texts[0].length = 2;
  texts[1].ids = {1, 2, 3, 0};
  texts[1].length = 3;
  const TokenTree tree(texts);
  EXPECT_EQ(copy_of(tree.tokens()), (Ids{1, 2, 3}));
  EXPECT_EQ(copy_of(tree.ends()), (Ids{1, 2}));
}

TEST(TokenTree, OrderOfTextsDoesNotMatter) {
  Rng rng(6);
  for (int round = 0; round < 200; ++round) {
    const Texts texts = random_texts(rng);
    std::vector<size_t> order(texts.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    rng.shuffle(std::span(order));
    Texts shuffled;
    for (const size_t i : order) shuffled.push_back(texts[i]);
    const TokenTree a = tree_of(texts), b = tree_of(shuffled);
    ASSERT_EQ(copy_of(a.tokens()), copy_of(b.tokens()));
    ASSERT_EQ(copy_of(a.depths()), copy_of(b.depths()));
    for (size_t i = 0; i < order.size(); ++i) ASSERT_EQ(b.ends()[i], a.ends()[order[i]]);
  }
}

TEST(TokenTree, LongTexts) {
  Texts texts{Ids(200000, 4), Ids(200001, 4), Ids(100000, 4)};
  texts[2].push_back(3);
  const TokenTree tree = tree_of(texts);
  EXPECT_EQ(tree.nodes(), 200002);
  EXPECT_EQ(tree.segments().size(), 3u);
  EXPECT_EQ(tree.counts().longest_text, 200001);
}

TEST(SplitTree, CoversEveryTextOnceWithItsAncestors) {
  Rng rng(7);
  for (int round = 0; round < 1000 && !::testing::Test::HasFailure(); ++round) {
    const Texts texts = random_texts(rng);
    expect_sound_parts(texts, static_cast<int64_t>(rng.below(30)));
  }
}

TEST(SplitTree, FillsParts) {
  const TokenTree tree = tree_of({{1, 2, 3}, {1, 2, 4}, {1, 2, 5}, {1, 2, 3}, {1, 6}});
  EXPECT_EQ(split_tree(tree, 6).size(), 1u);
  const std::vector<TreePart> parts = split_tree(tree, 4);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].texts, (Ids{0, 3, 1}));
  EXPECT_EQ(parts[0].nodes, 4);
  EXPECT_EQ(parts[1].texts, (Ids{2, 4}));
  EXPECT_EQ(parts[1].nodes, 4);
  EXPECT_EQ(total_nodes(parts), 8);
}

TEST(SplitTree, ATextThatDoesNotFitGetsAPartOfItsOwn) {
  const std::vector<TreePart> parts = split_tree(tree_of({{1}, {2, 2, 2}, {2, 2, 2}, {3}}), 2);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].texts, (Ids{1, 2}));
  EXPECT_EQ(parts[1].nodes, 3);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int64_t kManyTexts = 300000;
#else
constexpr int64_t kManyTexts = 1000000;
#endif

/// Records of a hospital: BOS, four fields of a few tokens each, most of their combinations often.
TEST(TokenTree, AMillionTexts) {
  Rng rng(8);
  const std::vector<uint64_t> values = {4, 90, 3, 200};
  std::set<std::vector<uint64_t>> starts[4];
  Texts texts(kManyTexts);
  for (Ids& text : texts) {
    text.push_back(1);
    std::vector<uint64_t> record;
    for (size_t field = 0; field < values.size(); ++field) {
      const uint64_t value = rng.below(values[field]);
      record.push_back(value);
      starts[field].insert(record);
      const auto base = static_cast<int32_t>(1000 * (field + 1));
      text.insert(text.end(), {base, base + 1, base + 2, base + 10 + static_cast<int32_t>(value),
                               base + 3, base + 4});
    }
  }
  // Each start of a record has the value and two tokens after it to itself; the three tokens before
  // the value belong to the start that is one field shorter.
  int64_t nodes = 1 + 3;
  for (size_t field = 0; field < values.size(); ++field) {
    const auto different = static_cast<int64_t>(starts[field].size());
    nodes += different * (field + 1 < values.size() ? 6 : 3);
  }
  const TokenTree tree = tree_of(texts);
  EXPECT_EQ(tree.nodes(), nodes);
  EXPECT_EQ(tree.counts().tokens, 25 * kManyTexts);
  EXPECT_EQ(tree.counts().different_texts, static_cast<int64_t>(starts[3].size()));
  const std::vector<TreePart> parts = split_tree(tree, 100000);
  size_t covered = 0;
  for (const TreePart& part : parts) {
    EXPECT_LE(part.nodes, 100000);
    covered += part.texts.size();
  }
  EXPECT_EQ(covered, texts.size());
  EXPECT_LT(total_nodes(parts), nodes + 25 * static_cast<int64_t>(parts.size()));
}

}  // namespace
}  // namespace puente
