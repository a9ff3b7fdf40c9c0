// FinetuneTrainer: a BERT and a ViT under one of the fusion classifiers, trained together on raw
// text and pixels, a batch at a time. Which rows make a batch, how many epochs and which to keep
// are the caller's (finetune/run.h).
//
// A batch is as large as the head wants it, whatever the memory: the backbones run in parts of it,
// their vectors are gathered, the head (which has a BatchNorm) and the loss run once over all of
// them, and each part whose activations did not fit into memory is computed again with the gradient
// of its vectors. Dropout is a function of the step and the row's place in the batch, so that it
// repeats itself. Every sum has one order: weights do not depend on the parts, on memory or on the
// number of threads, to the last bit.
//
// The image's vector is the class token after the last norm, the text's the class token of the last
// layer, as the paper's authors have BERT's (their ViT goes through its pooler).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "finetune/raw_rows.h"
#include "fusion/fusion.h"
#include "fusion/weights.h"

namespace puente {

struct FinetuneOptions {
  FusionKind fusion = FusionKind::early;
  int64_t classes = 2;
  /// The head's rate, dropout; and of everything: batch, decay, seed, threads.
  FusionOptions head{};
  double backbone_rate = 2e-5;
  /// Both rates rise linearly over this share of the steps, and fall linearly to 0 at the end.
  double warm_up = 0.1;
  /// The gradient of all trained numbers is made shorter where its length is more.
  double clip = 1.0;
  /// So many blocks of each backbone are trained, counted from the last, with the norm that
  /// follows; nothing: all, and the embeddings.
  std::optional<int64_t> trained_blocks = {};
  /// Steps of the whole training.
  int64_t steps = 1;
  /// Bytes that activations may take. At least those of one row are taken.
  int64_t activation_bytes = int64_t{1} << 30;
};

/// Of one tensor of a backbone, by its name in transformers and behind "image." or "text.", or of
/// the head, behind "head.".
struct TensorGradient {
  std::string name;
  std::vector<float> values;
};

/// What training will need.
struct FinetuneMemory {
  int64_t weights = 0;      // bytes: weights, gradients, Adam's moments
  int64_t activations = 0;  // bytes, at most
  int64_t total() const { return weights + activations; }
  int64_t parameters = 0;  // of both backbones and the head
  int64_t trained = 0;     // of those
};

class FinetuneTrainer {
 public:
  /// Folders as Hugging Face ships them: a ViTModel and a BertModel. `class_weights` as
  /// FusionTrainer's. UserError as load_encoder() says; where trained_blocks is more than there
  /// are.
  FinetuneTrainer(const std::filesystem::path& image_model, const std::filesystem::path& text_model,
                  const FinetuneOptions& options, std::span<const double> class_weights);
  ~FinetuneTrainer();
  FinetuneTrainer(FinetuneTrainer&&) noexcept;

  const FusionShape& shape() const;
  /// For batches of texts of at most so many tokens.
  FinetuneMemory memory(int64_t longest_text) const;
  int64_t steps_taken() const;

  /// One step on the rows, at least two; label [rows.size()]. Returns the batch's loss.
  double step(const RawRows& data, std::span<const int32_t> rows, std::span<const int32_t> label);

  /// The gradient that step() would take, before it is clipped; nothing is changed. For checks.
  double gradient(const RawRows& data, std::span<const int32_t> rows,
                  std::span<const int32_t> label, std::vector<TensorGradient>& tensors);

  /// Evaluation mode: [rows.size(), image_dim + text_dim].
  Matrix features(const RawRows& data, std::span<const int32_t> rows) const;
  /// Evaluation mode, from features(): [rows.size(), classes], as FusionTrainer's.
  Matrix probabilities(const Matrix& features) const;
  /// Evaluation mode, from features(): the training loss as of one batch of all these rows.
  double loss(const Matrix& features, std::span<const int32_t> label) const;

  FusionWeights head() const;
  /// The backbone as a folder that load_encoder() and transformers read: the files of the folder it
  /// came from, with the weights as they are now.
  void write_image_model(const std::filesystem::path& folder) const;
  void write_text_model(const std::filesystem::path& folder) const;

  /// All that training goes on from, to the last bit: weights, Adam's moments, steps taken. One
  /// safetensors file.
  void save(const std::filesystem::path& file) const;
  /// UserError where the file is of another model or other options, or damaged.
  void load(const std::filesystem::path& file);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
