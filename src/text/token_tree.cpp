#include "text/token_tree.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "text/token_order.h"

namespace puente {
namespace {

std::vector<std::span<const int32_t>> ids_of(std::span<const TokenizedText> texts) {
  std::vector<std::span<const int32_t>> ids;
  ids.reserve(texts.size());
  for (const TokenizedText& text : texts) {
    ids.push_back(std::span(text.ids).first(static_cast<size_t>(text.length)));
  }
  return ids;
}

}  // namespace

TokenTree::TokenTree(std::span<const TokenizedText> texts) : TokenTree(ids_of(texts)) {}

TokenTree::TokenTree(std::span<const std::span<const int32_t>> texts) {
  PUENTE_ASSERT(texts.size() <= std::numeric_limits<int32_t>::max());
  add_nodes(texts);
  add_segments();
}

/// In sorted order a text's new nodes are those after what it shares with the text before it, and
/// all of them together come out in pre-order.
void TokenTree::add_nodes(std::span<const std::span<const int32_t>> texts) {
  ends_.resize(texts.size());
  std::vector<int32_t> path;  // the nodes of the text before
  std::span<const int32_t> before;
  bool first = true;
  for (const int32_t index : lexicographic_order(texts)) {
    const std::span<const int32_t> text = texts[static_cast<size_t>(index)];
    const auto length = static_cast<int64_t>(text.size());
    const int64_t shared = common_prefix(before, text);
    const bool same = !first && shared == length && text.size() == before.size();
    path.resize(static_cast<size_t>(shared));
    for (int64_t depth = shared; depth < length; ++depth) {
      PUENTE_ASSERT(tokens_.size() < std::numeric_limits<int32_t>::max());
      path.push_back(nodes());
      tokens_.push_back(text[static_cast<size_t>(depth)]);
      depths_.push_back(static_cast<int32_t>(depth));
    }
    ends_[static_cast<size_t>(index)] = path.empty() ? -1 : path.back();
    ++counts_.texts;
    counts_.tokens += length;
    if (!same) {
      ++counts_.different_texts;
      counts_.different_tokens += length;
    }
    counts_.longest_text = std::max(counts_.longest_text, length);
    before = text;
    first = false;
  }
  counts_.nodes = nodes();
}

/// A segment starts at a root and below a node with several children: at the first of them, which
/// is the node's neighbour, and at the others, which are not.
void TokenTree::add_segments() {
  const auto depth_of = [this](int32_t node) {
    return static_cast<size_t>(depths_[static_cast<size_t>(node)]);
  };
  std::vector<bool> branches(tokens_.size());
  std::vector<int32_t> path(static_cast<size_t>(counts_.longest_text));
  for (int32_t node = 0; node < nodes(); ++node) {
    const size_t depth = depth_of(node);
    path[depth] = node;
    if (depth > 0 && path[depth - 1] != node - 1)
      branches[static_cast<size_t>(path[depth - 1])] = true;
  }
  // From here on, path has the segments of the nodes above.
  for (int32_t node = 0; node < nodes(); ++node) {
    const size_t depth = depth_of(node);
    const bool continues =
        depth > 0 && depth_of(node - 1) + 1 == depth && !branches[static_cast<size_t>(node) - 1];
    if (continues) {
      ++segments_.back().count;
    } else {
      segments_.push_back({.first = node,
                           .count = 1,
                           .parent = depth > 0 ? path[depth - 1] : -1,
                           .depth = static_cast<int32_t>(depth)});
    }
    path[depth] = static_cast<int32_t>(segments_.size()) - 1;
  }
}

int32_t TokenTree::segment_of(int32_t node) const {
  PUENTE_ASSERT(node >= 0 && node < nodes());
  const auto after = std::upper_bound(segments_.begin(), segments_.end(), node,
                                      [](int32_t n, const TreeSegment& s) { return n < s.first; });
  return static_cast<int32_t>(after - segments_.begin()) - 1;
}

void TokenTree::rows_above(int32_t segment, std::vector<RowRange>& ranges) const {
  ranges.clear();
  for (int32_t s = segments_[static_cast<size_t>(segment)].parent; s >= 0;) {
    const TreeSegment& above = segments_[static_cast<size_t>(s)];
    if (!ranges.empty() && above.first + above.count == ranges.back().first) {
      ranges.back().first = above.first;
      ranges.back().count += above.count;
    } else {
      ranges.push_back({above.first, above.count});
    }
    s = above.parent;
  }
  std::reverse(ranges.begin(), ranges.end());
}

std::vector<TreePart> split_tree(const TokenTree& tree, int64_t most_nodes) {
  const std::span<const int32_t> ends = tree.ends();
  std::vector<int32_t> order(ends.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int32_t>(i);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    const int32_t end_a = ends[static_cast<size_t>(a)], end_b = ends[static_cast<size_t>(b)];
    return end_a != end_b ? end_a < end_b : a < b;
  });

  std::vector<TreePart> parts;
  int32_t last_end = -1;
  for (const int32_t text : order) {
    const int32_t end = ends[static_cast<size_t>(text)];
    // The nodes between two texts' ends are those that the second does not share with the first.
    const int64_t more = end - last_end;
    if (parts.empty() || (more > 0 && parts.back().nodes + more > most_nodes && last_end >= 0)) {
      parts.emplace_back().nodes = end < 0 ? 0 : tree.depths()[static_cast<size_t>(end)] + 1;
    } else {
      parts.back().nodes += more;
    }
    parts.back().texts.push_back(text);
    last_end = end;
  }
  return parts;
}

int64_t total_nodes(std::span<const TreePart> parts) {
  int64_t nodes = 0;
  for (const TreePart& part : parts) nodes += part.nodes;
  return nodes;
}

std::vector<int32_t> different_ends(const TokenTree& tree) {
  std::vector<int32_t> ends(tree.ends().begin(), tree.ends().end());
  std::erase(ends, -1);
  std::ranges::sort(ends);
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

}  // namespace puente
