// Backbone: a transformer that is trained, from the rows of a data set to one vector each, and back
// from the gradient of the vectors to that of its weights. What BERT and ViT share; how rows become
// the first layer's input is theirs (vision_backbone.h, text_backbone.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "encoders/config_section.h"
#include "finetune/block.h"
#include "finetune/parameters.h"
#include "finetune/raw_rows.h"

namespace puente {

/// What backward needs of a forward pass: of all trained layers.
struct BackboneActivations {
  std::vector<BlockActivations> blocks;
  Buffer last;  // [S, C], the class tokens after the last layer
};

/// Buffers of a pass, whatever layer it is in.
struct BackboneWorkspace {
  BlockWorkspace block;
  BlockActivations frozen;  // of a layer that keeps nothing
  Buffer y;                 // [R, C]
  Buffer slope;             // [R, C]
  Buffer input, embedded;   // of the embedding
  PackedMatrix patch;
  std::vector<RowMoments> moments;
};

/// Rows of the data that are worked on together, and how they lie.
struct RowsOfPart {
  const RawRows& data;
  std::span<const int32_t> rows;
  BatchPart part;
};

class Backbone {
 public:
  virtual ~Backbone() = default;

  int64_t width() const { return shape_.hidden; }  // C
  Parameters& parameters() { return *parameters_; }
  const Parameters& parameters() const { return *parameters_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// How many blocks are trained.
  int64_t trained_blocks() const { return static_cast<int64_t>(blocks_.size()) - first_trained_; }

  /// Of a row's sequence.
  virtual int64_t tokens(const RawRows& data, int32_t row) const = 0;
  /// Bytes per token of BackboneActivations, and of BackboneWorkspace in backward.
  int64_t activation_bytes() const;
  int64_t workspace_bytes() const;
  /// Of the packed weights of one layer, forward or backward.
  int64_t packed_bytes() const;

  /// vectors [S, C]. `kept`: what backward needs, or nullptr.
  void forward(const RowsOfPart& rows, int threads, BackboneActivations* kept,
               BackboneWorkspace& work, MatrixView<float> vectors) const;
  /// Adds to the gradient of the trained weights.
  void backward(const RowsOfPart& rows, int threads, BackboneActivations& kept,
                BackboneWorkspace& work, MatrixView<const float> dvectors);

  /// A folder that transformers reads: the files of folder() but for its weights, which are those
  /// now. Tensors that are no part of this model are copied.
  void write(const std::filesystem::path& folder) const;

 protected:
  Backbone(std::filesystem::path folder, const TrainedBlockShape& shape)
      : folder_(std::move(folder)), shape_(shape) {}

  /// Called by the constructors in the order of the layout: embeddings (by themselves), then this,
  /// for layers and, where its name is not empty, the norm of the class token after them.
  void place_blocks(ParameterLayout& layout, int64_t layers, BlockNames (*names)(int64_t),
                    const std::string& last_norm);
  /// Takes memory and reads the weights. nothing: all blocks and the embeddings are trained.
  void read(ParameterLayout layout, std::optional<int64_t> trained_blocks, WeightReader& reader);
  /// Of its checkpoint: names may stand behind a prefix where `probe` does.
  WeightReader reader(const std::string& prefix, const std::string& probe);

  /// x [R, C]: what enters the first layer.
  virtual void embed(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
                     MatrixView<float> x) const = 0;
  /// Adds the gradient of the embeddings; d [R, C] may be overwritten.
  virtual void embed_backward(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
                              MatrixView<float> d) = 0;

  /// The number of the place where the embeddings are dropped.
  static constexpr uint64_t kEmbeddingPlace = uint64_t{1} << 32;

  std::filesystem::path folder_;
  TrainedBlockShape shape_;
  std::unique_ptr<Parameters> parameters_;

 private:
  std::string prefix_, probe_;  // as reader() was called
  std::vector<TrainedBlock> blocks_;
  TensorPlace last_norm_weight_, last_norm_bias_;
  int64_t first_trained_ = 0;
  bool all_trained_ = true;
};

/// From a part of FOLDER/config.json that both have. UserError for another activation than GELU.
TrainedBlockShape trained_shape(const BlockShape& shape, const ConfigSection& config);

}  // namespace puente
