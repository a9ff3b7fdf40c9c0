// A ViTModel that is trained: google/vit-base-patch16-224-in21k and its like.
#pragma once

#include "encoders/vit_config.h"
#include "finetune/backbone.h"

namespace puente {

class VisionBackbone : public Backbone {
 public:
  /// UserError where the folder has no config.json of such a model.
  static ConfigSection config_of(const std::filesystem::path& folder);

  /// UserError as load_encoder() says for the folder, and where trained_blocks is more than it has.
  VisionBackbone(const std::filesystem::path& folder, std::optional<int64_t> trained_blocks);

  int64_t side() const { return config_.side; }
  int64_t picture_tokens() const { return patches() + 1; }
  int64_t tokens(const RawRows&, int32_t) const override { return picture_tokens(); }

 protected:
  void embed(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
             MatrixView<float> x) const override;
  void embed_backward(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
                      MatrixView<float> d) override;

 private:
  VisionBackbone(const std::filesystem::path& folder, std::optional<int64_t> trained_blocks,
                 const ConfigSection& config);
  int64_t patches() const { return config_.grid() * config_.grid(); }
  MatrixView<float> patch_rows(const RowsOfPart& rows, int threads, BackboneWorkspace& work) const;

  VitConfig config_;
  TensorPlace class_token_, positions_, patch_, patch_bias_;
};

}  // namespace puente
