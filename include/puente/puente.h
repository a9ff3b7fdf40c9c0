// The public API of puente: load an encoder, embed pictures and texts, train a fusion classifier on
// the vectors, and score new rows with it. Everything runs on the CPU, offline.
//
//   puente::Encoder encoder("clip-vit-base-patch32");
//   puente::EmbeddingTable table = puente::read_embedding_table("ham.csv");
//   puente::Classifier classifier = puente::Classifier::train(
//       table, {.label = "dx", .group = "lesion_id", .align = "shift:0.4"});
//   puente::Matrix p = classifier.probabilities(encoder.images(files), encoder.texts(prompts));
//
// Errors: UserError (puente/error.h) for wrong input, with one line that says what to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puente/error.h"
#include "puente/finding.h"
#include "puente/matrix.h"
#include "puente/table.h"

namespace puente {

/// "0.1.0"
std::string_view version();

/// Reads a table that `puente embed` wrote (.csv, .safetensors, .npy), or one of the layouts of the
/// paper's authors.
EmbeddingTable read_embedding_table(const std::filesystem::path& path);
/// UserError, here and wherever a table is taken, for columns of unequal length, as many vectors as
/// there are no rows, and numbers that are NaN or infinite.
void write_embedding_table(const EmbeddingTable& table, const std::filesystem::path& path);

struct EncoderOptions {
  int threads = 0;    // 0: one for each core that the process may use
  bool int8 = false;  // weights in 8 bits: faster, a quarter of the memory, vectors a little off
  std::string image_pool = {};  // "cls", "mean" or "pooler"; what the model means, if empty
  std::string text_pool = {};   // "cls", "mean" or "pooler"
  bool normalise = false;       // to unit length; CLIP's and SigLIP's vectors always are
};

/// A frozen foundation model from a folder as Hugging Face ships it: CLIP or SigLIP for images and
/// texts, DINOv2 or ViT for images, BERT for texts.
class Encoder {
 public:
  explicit Encoder(const std::filesystem::path& folder, const EncoderOptions& options = {});
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;

  /// Width of a vector; 0 where the model has no such half.
  int64_t image_dimension() const;
  int64_t text_dimension() const;
  /// [files.size(), image_dimension()]. UserError for a file that is no picture, or for a model of
  /// texts only.
  Matrix images(std::span<const std::filesystem::path> files) const;
  /// [rows.size(), image_dimension()], each the mean over a row's pictures, as `puente embed
  /// --image-column left,right` makes them. UserError also for a row without one.
  Matrix images(std::span<const std::vector<std::filesystem::path>> rows) const;
  /// [texts.size(), text_dimension()]; texts that are too long lose their end. UserError for a
  /// model of images only.
  Matrix texts(std::span<const std::string> texts) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct ClassifierOptions {
  std::string label;                 // column that holds the class
  std::optional<std::string> group;  // column of what must not be split (patient, lesion)
  bool late_fusion = false;          // late-joint instead of early fusion
  std::string align = "none";  // "none", "shift:0.4", "noise:0.1+shift:0.4"; docs/alignment.md
  int epochs = 30;
  uint64_t seed = 0;        // initial weights and batch order
  uint64_t split_seed = 0;  // which groups train, validate, test
  int threads = 0;
  /// How the texts were made of the columns, as for `puente embed --prompt`, so that the leak audit
  /// can look into them. If empty, what the report beside the file of the table (X.embed.json)
  /// says.
  std::string prompt = {};
  bool despite_leaks = false;  // train in spite of errors that the leak audit finds
};

/// The leak audit: what in the table, its texts, and the split that Classifier::train() makes of
/// it, would make the test scores look better than the classifier will be in use. Errors first,
/// then warnings, then notes. UserError as Classifier::train() but for errors that are found.
std::vector<Finding> audit(const EmbeddingTable& table, const ClassifierOptions& options);

struct Scores {
  double accuracy = 0;
  double macro_f1 = 0;
  double auc = 0;  // macro one-vs-rest; NaN where a class has no test rows
};

/// Trained under the holdout protocol: no group in two parts, the epoch chosen without the test
/// rows.
class Classifier {
 public:
  /// UserError for a column that is not there, too few rows or classes, and where audit() finds an
  /// error, unless options.despite_leaks.
  static Classifier train(const EmbeddingTable& table, const ClassifierOptions& options);
  ~Classifier();
  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;

  const std::vector<std::string>& classes() const;
  /// What audit() found before the training.
  const std::vector<Finding>& findings() const;
  /// Of the test rows, scored once after training.
  const Scores& test_scores() const;
  /// [N, classes], rows sum to 1, for vectors of the encoders that made the training table.
  Matrix probabilities(const Matrix& images, const Matrix& texts) const;

 private:
  struct Impl;
  explicit Classifier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
