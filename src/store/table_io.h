// Embedding tables on disk. CSV: the manifest's columns, then image_embedding_0 .., text_embedding_0 ..
// safetensors: tensors `image` and `text` beside X.csv; npy: X.image.npy and X.text.npy beside X.csv.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "puente/table.h"

namespace puente {

/// By extension: .csv, .safetensors, .npy (X.image.npy and X.text.npy; either name, or X.npy, finds
/// both). Also reads the authors' layouts (img_emb_0.., image_0.. text_1.., ImageName + 0..767,
/// a column "embeddings" of bracketed lists). UserError names file, row and column of text, NaN or
/// infinity in an embedding column, a ragged row, or counts that differ between the files.
EmbeddingTable read_table(const std::filesystem::path& path);

/// What a table is written from, row by row, so that vectors need not all be in memory: vectors are
/// asked for in row order, and the spans may point into a mapping.
struct TableSource {
  std::span<const Column> columns;
  int64_t rows = 0;
  int64_t image_dim = 0;  // 0: no image vectors
  int64_t text_dim = 0;
  std::function<std::span<const float>(int64_t row)> image;
  std::function<std::span<const float>(int64_t row)> text;
};

/// UserError unless the extension is .csv, .safetensors or .npy; checked before any work.
void check_table_target(const std::filesystem::path& path);
/// Every file appears under its name only when all are complete.
void write_table(const TableSource& source, const std::filesystem::path& path);
void write_table(const EmbeddingTable& table, const std::filesystem::path& path);

/// One row per row of `left`, matched by the value of column `id`, which must be there and unique in
/// both; columns of `right` that `left` lacks come along. UserError if an id is in one table only
/// (how many, and the first few), or both tables bring the same modality.
EmbeddingTable join_tables(EmbeddingTable left, EmbeddingTable right, const std::string& id);

}  // namespace puente
