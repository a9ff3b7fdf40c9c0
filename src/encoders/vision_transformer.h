// A vision transformer: patches, class and register tokens, positions, layers, and one vector.
// CLIP, ViT, DINOv2 and SigLIP are all this; they differ in which of the parts they have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "encoders/attention_pool.h"
#include "encoders/encoder.h"
#include "encoders/finish_vectors.h"
#include "encoders/transformer_block.h"

namespace puente {

struct VisionWeights {
  int64_t patch_size = 0;  // P
  PackedLinear patch;      // 3 * P * P -> C
  Matrix prefix;           // [class and register tokens, C], positions added; may have no rows
  Matrix positions;        // [G * G, C], G patches on a side
  std::optional<LayerNorm> first_norm;
  std::vector<TransformerBlock> blocks;
  LayerNorm final_norm;
  std::optional<AttentionPool> attention_pool;  // the vector, if there is one; else `pool` says
  Pool pool = Pool::cls;                        // cls or mean
  std::optional<PackedLinear> head;             // C -> dimension, on the pooled vector
  Activation head_activation = Activation::none;
};

/// From a model's class token [C], whose position is the first, its positions [1 + G * G, C], and
/// its register tokens, which have none: prefix and positions.
void set_positions(VisionWeights& weights, std::span<const float> class_token,
                   const Matrix& positions, const Matrix& registers = {});

class VisionTransformer : public ImageEncoder {
 public:
  VisionTransformer(VisionWeights weights, PixelRecipe recipe, VectorFinish finish);

  const PixelRecipe& pixel_recipe() const override { return recipe_; }
  int64_t dimension() const override;
  int64_t weight_bytes() const override;
  int64_t batch() const override;
  double flop() const override;
  void encode(EncoderWorker& worker, std::span<const float> pixels,
              MatrixView<float> vectors) const override;
  int64_t layers() const override { return static_cast<int64_t>(weights_.blocks.size()); }
  std::string_view position() const override {
    return needs_all_tokens() ? "mean of the patches" : "class token";
  }
  void layer_states(EncoderWorker& worker, std::span<const float> pixels, int64_t batch,
                    const ReceiveStates& receive) const override;

  /// All tokens after the last norm, [B * tokens(), C]: for comparing with published numbers.
  Matrix token_states(EncoderWorker& worker, std::span<const float> pixels, int64_t batch) const;
  int64_t tokens() const { return prefix() + patches(); }

 private:
  int64_t hidden() const { return weights_.patch.outputs(); }
  int64_t prefix() const { return weights_.prefix.rows(); }
  int64_t patches() const { return weights_.positions.rows(); }
  int64_t grid() const { return recipe_.width() / weights_.patch_size; }
  bool needs_all_tokens() const { return weights_.attention_pool || weights_.pool == Pool::mean; }

  MatrixView<float> embed(const float* pixels, int64_t batch, EncoderWorker& worker) const;
  MatrixView<float> cut_patches(const float* pixels, int64_t batch, Buffer& buffer) const;
  MatrixView<float> pool(MatrixView<float> x, int64_t batch, EncoderWorker& worker) const;
  void pool_final(MatrixView<float> x, EncoderWorker& worker, MatrixView<float> pooled) const;
  void pool_position(MatrixView<float> x, MatrixView<float> pooled) const;
  void encode_few(const float* pixels, EncoderWorker& worker, MatrixView<float> vectors) const;

  VisionWeights weights_;
  PixelRecipe recipe_;
  VectorFinish finish_;
};

}  // namespace puente
