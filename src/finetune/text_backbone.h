// A BertModel that is trained: bert-base-uncased and its like.
#pragma once

#include "encoders/bert_config.h"
#include "finetune/backbone.h"

namespace puente {

class TextBackbone : public Backbone {
 public:
  /// UserError where the folder has no config.json of such a model.
  static ConfigSection config_of(const std::filesystem::path& folder);

  /// UserError as load_encoder() says for the folder, and where trained_blocks is more than it has.
  TextBackbone(const std::filesystem::path& folder, std::optional<int64_t> trained_blocks);

  int64_t tokens(const RawRows& data, int32_t row) const override {
    return static_cast<int64_t>(data.tokens(row).size());
  }

 protected:
  void embed(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
             MatrixView<float> x) const override;
  void embed_backward(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
                      MatrixView<float> d) override;

 private:
  TextBackbone(const std::filesystem::path& folder, std::optional<int64_t> trained_blocks,
               const ConfigSection& config);
  MatrixView<float> sums(const RowsOfPart& rows, int threads, BackboneWorkspace& work) const;

  BertConfig config_;
  TensorPlace words_, positions_, types_, norm_weight_, norm_bias_;
};

}  // namespace puente
