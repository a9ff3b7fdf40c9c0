// LlamaEncoder: the vector of a text is the state of its last token after the final norm, or the
// mean of all its tokens' states. The weights stay in their file and pass through memory a layer at
// a time, for all texts of a job together (llama_tree.h): that is how it wants to be called.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "encoders/encoder.h"
#include "encoders/finish_vectors.h"
#include "encoders/llama_file.h"
#include "encoders/llama_tree.h"

namespace puente {

class LlamaEncoder : public TextEncoder {
 public:
  /// A GGUF file or a Hugging Face folder. UserError as LlamaFile, and for a pool other than last
  /// and mean.
  LlamaEncoder(const std::filesystem::path& path, const EncoderSettings& settings);

  bool untrained() const { return file_.untrained(); }
  TokenizedText tokenize(std::string_view text, Truncate truncate) const override;
  int64_t max_tokens() const override { return file_.config().context; }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  int64_t dimension() const override { return file_.config().hidden; }
  /// Of the part of a layer that is in memory at once.
  int64_t weight_bytes() const override;
  int64_t batch_tokens() const override;
  double flop(int64_t tokens) const override;
  /// Reads the whole file for these few texts.
  void encode(EncoderWorker& worker, std::span<const TokenizedText> texts,
              MatrixView<float> vectors) const override;

  TextPlan plan(std::span<const TokenizedText> texts, const TextWork& work) const override;
  double estimate_seconds(const TextPlan& plan, int threads) const override;
  TextPlan encode_all(std::span<const TokenizedText> texts, const TextWork& work,
                      const Receive& receive, Progress& progress) const override;

  int64_t layers() const override { return file_.config().layers; }
  std::string_view position() const override {
    return pool_ == Pool::last ? "last token" : "mean of the tokens";
  }
  /// Of as many texts at a time as there is memory for.
  void layer_states(std::span<const TokenizedText> texts, int threads,
                    const ReceiveStates& receive) const override;

 private:
  int64_t most_nodes(const TokenTree& tree, const TextWork& work) const;
  TextPlan plan_of(const TokenTree& tree, std::span<const TreePart> parts, int threads) const;
  Matrix run_pass(size_t pass, const TokenTree& tree, const TextWork& work,
                  Progress& progress) const;
  void pool(const LlamaTree& states, const TokenTree& tree, int32_t end,
            std::span<float> vector) const;
  void pool_position(MatrixView<const float> states, const TokenTree& tree, int32_t end,
                     std::span<float> pooled) const;

  LlamaFile file_;
  std::unique_ptr<const Tokenizer> tokenizer_;
  Precision precision_;
  Pool pool_;
  VectorFinish finish_;
};

}  // namespace puente
