// The prefix tree of texts as one writes it first, for the tests of TokenTree to compare with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "text/token_tree.h"

namespace puente::test {

using Ids = std::vector<int32_t>;
using Texts = std::vector<Ids>;

struct NaiveNode {
  std::map<int32_t, std::unique_ptr<NaiveNode>> children;
};

struct NaiveTree {
  explicit NaiveTree(const Texts& texts) {
    for (const Ids& text : texts) {
      NaiveNode* node = &root;
      for (const int32_t id : text) {
        std::unique_ptr<NaiveNode>& child = node->children[id];
        if (!child) child = std::make_unique<NaiveNode>();
        node = child.get();
      }
    }
    walk(root, {}, -1, true);
  }
  void walk(const NaiveNode& node, const Ids& path, int32_t segment, bool starts) {
    for (const auto& [id, child] : node.children) {
      Ids longer = path;
      longer.push_back(id);
      const auto row = static_cast<int32_t>(tokens.size());
      row_of[longer] = row;
      tokens.push_back(id);
      depths.push_back(static_cast<int32_t>(path.size()));
      int32_t own = segment;
      if (starts) {
        own = static_cast<int32_t>(segments.size());
        segments.push_back({row, 1, segment, static_cast<int32_t>(path.size())});
      } else {
        ++segments[static_cast<size_t>(own)].count;
      }
      walk(*child, longer, own, child->children.size() > 1);
    }
  }
  NaiveNode root;
  Ids tokens, depths;
  std::vector<TreeSegment> segments;
  std::map<Ids, int32_t> row_of;
};

}  // namespace puente::test
