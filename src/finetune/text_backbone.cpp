#include "finetune/text_backbone.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/threads.h"
#include "encoders/config_section.h"
#include "finetune/passes.h"
#include "tensor/elementwise.h"
#include "tensor/part.h"

namespace puente {

ConfigSection TextBackbone::config_of(const std::filesystem::path& folder) {
  ConfigSection config = ConfigSection::read(folder);
  if (config.text("model_type", "") != "bert") {
    config.refuse("model_type", "is not \"bert\", the kind of text model that is trained here");
  }
  return config;
}
TextBackbone::TextBackbone(const std::filesystem::path& folder,
                           std::optional<int64_t> trained_blocks)
    : TextBackbone(folder, trained_blocks, config_of(folder)) {}

TextBackbone::TextBackbone(const std::filesystem::path& folder,
                           std::optional<int64_t> trained_blocks, const ConfigSection& config)
    : Backbone(folder, trained_shape(read_bert_config(config).block, config)),
      config_(read_bert_config(config)) {
  const int64_t c = shape_.hidden;
  ParameterLayout layout;
  words_ = layout.add({{"embeddings.word_embeddings.weight", {config_.vocabulary, c}}});
  positions_ = layout.add({{"embeddings.position_embeddings.weight", {config_.positions, c}}});
  types_ = layout.add({{"embeddings.token_type_embeddings.weight", {config_.types, c}}});
  norm_weight_ = layout.add({{"embeddings.LayerNorm.weight", {c}}});
  norm_bias_ = layout.add({{"embeddings.LayerNorm.bias", {c}}});
  place_blocks(layout, config_.layers, bert_block_names, "");
  WeightReader weights = reader("bert.", "embeddings.word_embeddings.weight");
  read(std::move(layout), trained_blocks, weights);
}

/// What the norm of the embeddings takes, [R, C].
MatrixView<float> TextBackbone::sums(const RowsOfPart& rows, int threads,
                                     BackboneWorkspace& work) const {
  const MatrixView<float> sum = work.input.view(rows.part.rows(), shape_.hidden);
  const MatrixView<const float> words = parameters_->value(words_);
  const MatrixView<const float> positions = parameters_->value(positions_);
  const std::span<const float> type = parameters_->value(types_).row_span(0);
  parallel_for(rows.part.sequences(), threads, [&](int64_t s, int) {
    const std::span<const int32_t> ids = rows.data.tokens(rows.rows[static_cast<size_t>(s)]);
    PUENTE_ASSERT(static_cast<int64_t>(ids.size()) <= positions.rows);
    for (size_t t = 0; t < ids.size(); ++t) {
      PUENTE_ASSERT(ids[t] >= 0 && ids[t] < words.rows);
      const auto place = static_cast<int64_t>(t);
      const std::span<float> row = sum.row_span(rows.part.first_row[s] + place);
      add(words.row_span(ids[t]), positions.row_span(place), row);
      add(row, type, row);
    }
  });
  return sum;
}

void TextBackbone::embed(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
                         MatrixView<float> x) const {
  const MatrixView<float> sum = sums(rows, threads, work);
  const LayerNorm norm = norm_at(*parameters_, norm_weight_, norm_bias_, shape_.layer_norm_epsilon);
  const DropoutMask mask = rows.part.mask(shape_.dropout, kEmbeddingPlace);
  parallel_for(rows.part.sequences(), threads, [&](int64_t s, int) {
    const int64_t first = rows.part.first_row[s], count = rows.part.tokens(s);
    layer_norm(rows_of(sum, first, count), norm, rows_of(x, first, count));
    drop_tokens(mask, rows.part.first_sequence + s, rows_of(x, first, count));
  });
}

void TextBackbone::embed_backward(const RowsOfPart& rows, int threads, BackboneWorkspace& work,
                                  MatrixView<float> d) {
  const MatrixView<float> sum = sums(rows, threads, work);
  const MatrixView<float> dsum = work.embedded.view(d.rows, d.cols);
  const LayerNorm norm = norm_at(*parameters_, norm_weight_, norm_bias_, shape_.layer_norm_epsilon);
  const DropoutMask mask = rows.part.mask(shape_.dropout, kEmbeddingPlace);
  work.moments.resize(static_cast<size_t>(d.rows));
  parallel_for(rows.part.sequences(), threads, [&](int64_t s, int) {
    const int64_t first = rows.part.first_row[s], count = rows.part.tokens(s);
    const MatrixView<float> own = rows_of(dsum, first, count);
    drop_tokens(mask, rows.part.first_sequence + s, rows_of(d, first, count));
    std::fill_n(own.data, count * d.cols, 0.0f);
    layer_norm_backward(
        rows_of(sum, first, count), norm, rows_of(d, first, count), own,
        std::span(work.moments).subspan(static_cast<size_t>(first), static_cast<size_t>(count)));
  });
  add_norm_gradient(*parameters_, norm_weight_, norm_bias_, sum, work.moments, d, threads);
  const MatrixView<float> dwords = parameters_->gradient(words_);
  const MatrixView<float> dpositions = parameters_->gradient(positions_);
  const MatrixView<float> dtype = parameters_->gradient(types_);
  in_column_slices(d.cols, threads, [&](int64_t column, int64_t columns) {
    const auto add_to = [&](MatrixView<float> table, int64_t row, const float* own) {
      float* const to = table.row(row) + column;
      for (int64_t c = 0; c < columns; ++c) to[c] += own[c];
    };
    for (int64_t s = 0; s < rows.part.sequences(); ++s) {
      const std::span<const int32_t> ids = rows.data.tokens(rows.rows[static_cast<size_t>(s)]);
      for (size_t t = 0; t < ids.size(); ++t) {
        const auto place = static_cast<int64_t>(t);
        const float* const own = dsum.row(rows.part.first_row[s] + place) + column;
        add_to(dwords, ids[t], own);
        add_to(dpositions, place, own);
        add_to(dtype, 0, own);
      }
    }
  });
}

}  // namespace puente
