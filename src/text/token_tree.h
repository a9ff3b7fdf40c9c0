// Tokenized texts as a prefix tree. In a causal transformer a token's state depends on the tokens
// before it alone, so texts that start alike share the states of their common start, and a node of
// this tree is computed once for all of them. Knows ids only: not for what a node's state is.
//
// Nodes lie in pre-order, children by ascending token id: a parent comes before its children, every
// start of the node array is closed under ancestors, and a run of nodes without a branch, called a
// segment, is a contiguous range of rows. The ancestors of a node are then a few ranges of rows:
// the segments above its own, and the nodes before it in its own. The tree is the same in whatever
// order the texts come.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/tokenizer.h"

namespace puente {

/// Nodes in a row of which only the last may have more than one child. A text may end at any.
struct TreeSegment {
  int32_t first;   // node
  int32_t count;   // nodes, at least 1
  int32_t parent;  // segment whose last node is the parent of `first`; -1 where there is none
  int32_t depth;   // of `first`: how many ancestors it has
};

/// Rows `first` .. `first` + `count` - 1.
struct RowRange {
  int32_t first;
  int32_t count;
  bool operator==(const RowRange&) const = default;
};

struct TreeCounts {
  int64_t texts = 0;
  int64_t different_texts = 0;
  int64_t tokens = 0;            // of all texts
  int64_t different_tokens = 0;  // of the different texts
  int64_t nodes = 0;
  int64_t longest_text = 0;  // in tokens, which is the tree's depth

  /// How many tokens a node stands for; 1 where there are no nodes.
  double sharing() const {
    return nodes == 0 ? 1.0 : static_cast<double>(tokens) / static_cast<double>(nodes);
  }
};

class TokenTree {
 public:
  /// Ids are not negative; fewer than 2^31 texts and nodes. Texts need not outlive the constructor.
  explicit TokenTree(std::span<const std::span<const int32_t>> texts);
  /// The first `length` ids of each: without padding.
  explicit TokenTree(std::span<const TokenizedText> texts);

  int32_t nodes() const { return static_cast<int32_t>(tokens_.size()); }
  /// Token id of each node.
  std::span<const int32_t> tokens() const { return tokens_; }
  /// How many ancestors each node has, which is its token's position in the text, from 0.
  std::span<const int32_t> depths() const { return depths_; }
  /// The node of each text's last token; -1 for a text of no tokens. Equal texts have the same.
  std::span<const int32_t> ends() const { return ends_; }
  /// In the order of their nodes, so that a parent comes before its children.
  std::span<const TreeSegment> segments() const { return segments_; }
  const TreeCounts& counts() const { return counts_; }

  /// The segment that a node is in. Logarithmic in the number of segments.
  int32_t segment_of(int32_t node) const;
  /// The rows of all segments above `segment`, from the root on, into `ranges`; ranges that touch
  /// are one, so their counts sum to the segment's depth. Linear in the number of segments above.
  void rows_above(int32_t segment, std::vector<RowRange>& ranges) const;

 private:
  void add_nodes(std::span<const std::span<const int32_t>> texts);
  void add_segments();

  std::vector<int32_t> tokens_;
  std::vector<int32_t> depths_;
  std::vector<int32_t> ends_;
  std::vector<TreeSegment> segments_;
  TreeCounts counts_;
};

/// The nodes that texts end at, ascending, each once.
std::vector<int32_t> different_ends(const TokenTree& tree);

/// Some of a tree's texts, to be computed together: with a tree of their own they have `nodes`.
struct TreePart {
  std::vector<int32_t> texts;  // indices into those that the tree was built of
  int64_t nodes = 0;
};

/// Cuts a tree whose states do not fit into memory at once: every text is in one part, equal texts
/// in the same, and the nodes above both halves of a cut are in both parts. Takes the different
/// texts in the tree's order, as many at a time as have `most_nodes` at most. A text that is longer
/// than that gets a part of its own, with more nodes than asked for; counts().longest_text says
/// beforehand whether there is one.
std::vector<TreePart> split_tree(const TokenTree& tree, int64_t most_nodes);

/// Nodes of all parts: what splitting costs is this less the tree's.
int64_t total_nodes(std::span<const TreePart> parts);

}  // namespace puente
