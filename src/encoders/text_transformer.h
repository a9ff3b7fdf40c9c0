// A text transformer: tokens, positions, layers, and one vector. CLIP's and SigLIP's text halves
// and BERT are all this; they differ in which of the parts they have. Texts of any lengths lie one
// after another without padding.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "encoders/encoder.h"
#include "encoders/finish_vectors.h"
#include "encoders/transformer_block.h"

namespace puente {

struct TextWeights {
  Matrix tokens;     // [V, C]
  Matrix positions;  // [max_tokens, C]
  std::optional<LayerNorm> first_norm;
  std::vector<TransformerBlock> blocks;
  std::optional<LayerNorm> final_norm;
  /// How many of a text's tokens are looked at: in a causal model nothing after the token whose
  /// vector is taken matters.
  std::function<int64_t(std::span<const int32_t> ids)> length;
  Pool pool = Pool::cls;             // cls, mean or last
  std::optional<PackedLinear> head;  // C -> dimension, on the pooled vector
  Activation head_activation = Activation::none;
};

class TextTransformer : public TextEncoder {
 public:
  TextTransformer(TextWeights weights, std::unique_ptr<const Tokenizer> tokenizer,
                  VectorFinish finish);

  TokenizedText tokenize(std::string_view text, Truncate truncate) const override;
  int64_t max_tokens() const override { return weights_.positions.rows(); }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  int64_t dimension() const override;
  int64_t weight_bytes() const override;
  int64_t batch_tokens() const override;
  double flop(int64_t tokens) const override;
  void encode(EncoderWorker& worker, std::span<const TokenizedText> texts,
              MatrixView<float> vectors) const override;

  /// Causal models whose vector is the last token's take all texts as a tree: what texts begin with
  /// alike is computed once. The vectors are those of encode().
  TextPlan plan(std::span<const TokenizedText> texts, const TextWork& work) const override;
  double estimate_seconds(const TextPlan& plan, int threads) const override;
  TextPlan encode_all(std::span<const TokenizedText> texts, const TextWork& work,
                      const Receive& receive, Progress& progress) const override;

  int64_t layers() const override { return static_cast<int64_t>(weights_.blocks.size()); }
  std::string_view position() const override;
  void layer_states(std::span<const TokenizedText> texts, int threads,
                    const ReceiveStates& receive) const override;

  /// All tokens' states after the last layer (and norm), [tokens, C]: for comparing with published
  /// numbers. `ids` are taken as they are; the first of them has position `first_position`, as
  /// after tokens that a mask hides.
  Matrix token_states(EncoderWorker& worker, std::span<const int32_t> ids,
                      int64_t first_position = 0) const;

 private:
  int64_t hidden() const { return weights_.tokens.cols(); }
  int64_t length_of(const TokenizedText& text) const;
  void embed(std::span<const int32_t> ids, int64_t first_position, MatrixView<float> x) const;
  void encode_few(std::span<const TokenizedText> texts, EncoderWorker& worker,
                  MatrixView<float> vectors) const;
  MatrixView<float> enter(std::span<const TokenizedText> texts, EncoderWorker& worker) const;
  MatrixView<float> pool(MatrixView<float> x, EncoderWorker& worker) const;
  void pool_position(MatrixView<float> x, EncoderWorker& worker, MatrixView<float> pooled) const;
  void states_of_few(std::span<const TokenizedText> texts, int64_t first, EncoderWorker& worker,
                     const ReceiveStates& receive) const;
  bool grows_a_tree() const;
  std::vector<std::span<const int32_t>> ids_of(std::span<const TokenizedText> texts) const;
  TextPlan plan_of(const TokenTree& tree, std::span<const TreePart> parts) const;
  Matrix encode_tree(const TokenTree& tree, std::span<const int64_t> ends,
                     EncoderWorker& worker) const;

  TextWeights weights_;
  std::unique_ptr<const Tokenizer> tokenizer_;
  VectorFinish finish_;
};

}  // namespace puente
