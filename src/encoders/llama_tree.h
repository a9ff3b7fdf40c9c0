// LlamaTree: the states of a tree of texts, one layer of the model after another. Embedding
// predicts no next token, so all nodes pass layer 1, then layer 2, and so on: one layer's weights
// and one layer's keys and values are in memory at a time, and the file is read once, front to
// back.
//
// A node's state is that of its token after its ancestors, equal to the last digit to what it would
// be in a text alone. Letters: N nodes; the others as in llama_config.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "encoders/llama_file.h"
#include "tensor/rope.h"
#include "text/token_tree.h"

namespace puente {

/// Bytes that a run needs: so many for each node, and so many beside.
struct LlamaMemory {
  int64_t per_node = 0;
  int64_t fixed = 0;
  int64_t weights = 0;  // of that, the packed weights
};

LlamaMemory llama_memory(const LlamaFile& file, Precision precision, int threads);

/// About how long it takes to pack the weights of one layer, from packing one of its matrices.
double llama_load_seconds(const LlamaFile& file, Precision precision, int threads);
/// As product_rate(), of the products that a run makes.
double llama_product_rate(Precision precision, int threads);

class LlamaTree {
 public:
  /// Before the first layer. The file and the tree must outlive it. `wanted` are the nodes whose
  /// last states are looked at, ascending: the last layer is spared the others. Empty: all.
  LlamaTree(const LlamaFile& file, const TokenTree& tree, std::vector<int32_t> wanted,
            Precision precision, int threads);

  int64_t layers() const { return file_.config().layers; }
  /// Layers done.
  int64_t layer() const { return layer_; }
  /// The next layer, or the rest of it after an exception. `advance` is told how many nodes went
  /// through, by any thread; exceptions that it throws come back here and leave the states
  /// unusable.
  void next_layer(const std::function<void(int64_t nodes)>& advance);

  /// [N, C] after layer() layers, but for the last.
  MatrixView<const float> states() const { return states_.view(); }
  /// Of a wanted node after the last layer, [C].
  std::span<const float> last_state(int32_t node) const;
  const RmsNorm& final_norm() const { return final_norm_; }
  /// Goes on from states [N, C] after `layer` layers.
  void resume(int64_t layer, Matrix states);

 private:
  template <class Body>
  void in_chunks(Body&& body) const;
  void attention();
  void attend(int64_t key_value_head);
  void keep_wanted();
  void feed_forward(const std::function<void(int64_t)>& advance);

  const LlamaFile& file_;
  const TokenTree& tree_;
  std::vector<int32_t> wanted_;
  Packing packing_;
  int threads_;
  Rope rope_;
  RmsNorm final_norm_;
  int64_t layer_ = 0;
  Matrix states_;     // [N, C]
  Matrix query_;      // [N, H D]; then what they attended to
  Matrix key_value_;  // [N, 2 G D]
};

}  // namespace puente
