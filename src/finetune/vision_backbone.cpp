#include "finetune/vision_backbone.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/threads.h"
#include "encoders/config_section.h"
#include "finetune/passes.h"
#include "nn/patch_embedding.h"
#include "tensor/elementwise.h"
#include "tensor/part.h"

namespace puente {

ConfigSection VisionBackbone::config_of(const std::filesystem::path& folder) {
  ConfigSection config = ConfigSection::read(folder);
  if (config.text("model_type", "") != "vit") {
    config.refuse("model_type", "is not \"vit\", the kind of image model that is trained here");
  }
  return config;
}
VisionBackbone::VisionBackbone(const std::filesystem::path& folder,
                               std::optional<int64_t> trained_blocks)
    : VisionBackbone(folder, trained_blocks, config_of(folder)) {}

VisionBackbone::VisionBackbone(const std::filesystem::path& folder,
                               std::optional<int64_t> trained_blocks, const ConfigSection& config)
    : Backbone(folder, trained_shape(read_vit_config(config).block, config)),
      config_(read_vit_config(config)) {
  const int64_t c = shape_.hidden, p = config_.patch;
  ParameterLayout layout;
  class_token_ = layout.add({{"embeddings.cls_token", {1, 1, c}}});
  positions_ = layout.add({{"embeddings.position_embeddings", {1, patches() + 1, c}}});
  patch_ = layout.add({{"embeddings.patch_embeddings.projection.weight", {c, 3, p, p}}});
  patch_bias_ = layout.add({{"embeddings.patch_embeddings.projection.bias", {c}}});
  place_blocks(layout, config_.layers, vit_block_names, "layernorm");
  WeightReader weights = reader("vit.", "embeddings.cls_token");
  read(std::move(layout), trained_blocks, weights);
}

/// The patches of all pictures, [S * patches, 3 P P].
MatrixView<float> VisionBackbone::patch_rows(const RowsOfPart& rows, int threads,
                                             BackboneWorkspace& work) const {
  const int64_t side = config_.side, p = config_.patch;
  const MatrixView<float> all = work.input.view(rows.part.sequences() * patches(), 3 * p * p);
  parallel_for(rows.part.sequences(), threads, [&](int64_t s, int) {
    Matrix planes(3, side * side);
    rows.data.pixels(rows.rows[static_cast<size_t>(s)],
                     {planes.data(), static_cast<size_t>(planes.size())});
    const Matrix cut = patches_of<float>(planes, side, p);
    std::copy_n(cut.data(), cut.size(), all.row(s * patches()));
  });
  return all;
}

void VisionBackbone::embed(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
                           MatrixView<float> x) const {
  const int64_t n = patches();
  const MatrixView<float> cut = patch_rows(rows, threads, work);
  const MatrixView<float> embedded = work.embedded.view(cut.rows, x.cols);
  pack_for_forward(parameters_->value(patch_), threads, work.patch);
  const AlignedVector<float> bias = padded_bias(*parameters_, patch_bias_);
  work.block.workers.resize(std::max(work.block.workers.size(), static_cast<size_t>(threads)));
  // The class token and the positions lie as the checkpoint has them: all in one row.
  const float* const class_token = parameters_->vector(class_token_).data();
  const MatrixView<const float> positions{parameters_->vector(positions_).data(), n + 1, x.cols,
                                          x.cols};
  const DropoutMask mask = rows.part.mask(shape_.dropout, kEmbeddingPlace);
  parallel_for(rows.part.sequences(), threads, [&](int64_t s, int worker) {
    multiply_rows(rows_of(cut, s * n, n), work.patch, {.bias = bias.data()},
                  work.block.workers[static_cast<size_t>(worker)].operand,
                  rows_of(embedded, s * n, n));
    const MatrixView<float> own = rows_of(x, rows.part.first_row[s], n + 1);
    add({class_token, static_cast<size_t>(x.cols)}, positions.row_span(0), own.row_span(0));
    for (int64_t i = 0; i < n; ++i) {
      add(embedded.row_span(s * n + i), positions.row_span(i + 1), own.row_span(i + 1));
    }
    drop_tokens(mask, rows.part.first_sequence + s, own);
  });
}

void VisionBackbone::embed_backward(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
                                    MatrixView<float> d) {
  const int64_t n = patches(), c = d.cols, sequences = rows.part.sequences();
  const DropoutMask mask = rows.part.mask(shape_.dropout, kEmbeddingPlace);
  const MatrixView<float> dembedded = work.embedded.view(sequences * n, c);
  parallel_for(sequences, threads, [&](int64_t s, int) {
    const MatrixView<float> own = rows_of(d, rows.part.first_row[s], n + 1);
    drop_tokens(mask, rows.part.first_sequence + s, own);
    for (int64_t i = 0; i < n; ++i) std::copy_n(own.row(i + 1), c, dembedded.row(s * n + i));
  });
  const std::span<float> dclass = parameters_->gradient_vector(class_token_);
  const MatrixView<float> dpositions{parameters_->gradient_vector(positions_).data(), n + 1, c, c};
  parallel_for(n + 1, threads, [&](int64_t t, int) {
    for (int64_t s = 0; s < sequences; ++s) {
      const std::span<const float> own = d.row_span(rows.part.first_row[s] + t);
      add(dpositions.row_span(t), own, dpositions.row_span(t));
      if (t == 0) add(dclass, own, dclass);
    }
  });
  WeightGradient& product = work.block.weight_gradient;
  product.set_input(patch_rows(rows, threads, work), threads);
  product.add(dembedded, threads, parameters_->gradient(patch_),
              parameters_->gradient_vector(patch_bias_));
}

}  // namespace puente
