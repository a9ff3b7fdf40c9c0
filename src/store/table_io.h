// Embedding tables on disk. CSV: the manifest's columns, then image_embedding_0 ..,
// text_embedding_0 .. safetensors: tensors `image` and `text` beside X.csv; npy: X.image.npy and
// X.text.npy beside X.csv, where X.csv holds the manifest's columns. Vectors are float32, one per
// row, all numbers finite.
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
/// both; an X.npy that is there itself holds image and text vectors as [2, N, D], and then X.csv
/// may be absent). Also reads the authors' layouts (img_emb_0.., image_0.. text_1.., ImageName +
/// 0..767, a column "embeddings" of bracketed lists; store/layout.h). UserError names file, line
/// and column of text, NaN or infinity in an embedding column, a ragged row, counts that differ
/// between the files, and a table without rows.
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
/// The files that write_table will make or replace.
std::vector<std::filesystem::path> table_files(const std::filesystem::path& path, bool has_image,
                                               bool has_text);
/// Holds one row at a time. Files appear under their names only when all are complete; a part that
/// an older table of the same name has and this one lacks (X.text.npy) goes away. UserError for a
/// column that has the name of an embedding or of another column, and for NaN or infinity.
void write_table(const TableSource& source, const std::filesystem::path& path);
void write_table(const EmbeddingTable& table, const std::filesystem::path& path);

/// One row per row of `left`, matched by the value of column `id`, which must be there and unique
/// in both; columns of `right` that `left` lacks come along. UserError if an id is in one table
/// only (how many, and the first few), or both tables bring the same modality.
EmbeddingTable join_tables(EmbeddingTable left, EmbeddingTable right, const std::string& id);

}  // namespace puente
