#include <cmath>

#include "base/error.h"
#include "base/file_status.h"
#include "base/interrupt.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "store/csv_table.h"
#include "store/table_io.h"
#include "store/table_path.h"

namespace puente {
namespace {

/// Rows [first, first + rows) of a tensor seen as [.., cols], all finite.
Matrix read_matrix(const TensorInfo& tensor, int64_t first, int64_t rows, int64_t cols) {
  if (rows == 0 || cols == 0) {
    fail("{}: tensor {} has shape {}: no vectors in it", tensor.source, tensor.name,
         shape_text(tensor.shape));
  }
  Matrix matrix(rows, cols);
  for (int64_t row = 0; row < rows; ++row) {
    check_interrupt();
    const std::span<float> values = matrix.row_span(row);
    to_float(tensor, (first + row) * cols, values);
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i])) continue;
      fail("{}: tensor {}, row {}, number {} (both from 0): is {}", tensor.source, tensor.name, row,
           i, std::isnan(values[i]) ? "NaN" : "infinite");
    }
  }
  return matrix;
}

Matrix read_matrix(const TensorInfo& tensor) {
  if (tensor.shape.size() != 2) {
    fail("{}: tensor {} has shape {}; it should be [rows, numbers per vector]", tensor.source,
         tensor.name, shape_text(tensor.shape));
  }
  return read_matrix(tensor, 0, tensor.shape[0], tensor.shape[1]);
}

/// Image vectors, text vectors and records must be equally many.
void require_equal_rows(const EmbeddingTable& table, const std::filesystem::path& side) {
  if (table.has_image() && table.has_text() && table.image.rows() != table.text.rows()) {
    fail("{}: has {} image vectors and {} text vectors", table.source, table.image.rows(),
         table.text.rows());
  }
  const int64_t vectors = table.has_image() ? table.image.rows() : table.text.rows();
  if (!table.columns.empty() && table.rows() != vectors) {
    fail("{}: has {} rows, but {} has {} vectors; the two were not written together", side.string(),
         table.rows(), table.source, vectors);
  }
}

EmbeddingTable read_safetensors_table(const std::filesystem::path& path, const TablePath& parts) {
  const SafetensorsFile file(path);
  EmbeddingTable table;
  table.source = path.string();
  if (!file.find("image") && !file.find("text")) {
    fail("{}: has neither a tensor image nor a tensor text; it is not an embedding table",
         path.string());
  }
  if (const TensorInfo* image = file.find("image")) table.image = read_matrix(*image);
  if (const TensorInfo* text = file.find("text")) table.text = read_matrix(*text);
  table.columns = read_side_columns(parts.with(".csv"), path);
  require_equal_rows(table, parts.with(".csv"));
  return table;
}

/// One array [2, N, D]: image vectors, then text vectors.
EmbeddingTable read_paired_array(const std::filesystem::path& path, const TablePath& parts) {
  const NpyFile file(path);
  const std::span<const int64_t> shape = file.shape();
  if (shape.size() != 3 || shape[0] != 2) {
    fail(
        "{}: has shape {}; one file of both modalities is [2, rows, numbers per vector], one of a "
        "single modality is called {} or {}",
        path.string(), shape_text(shape), parts.with(".image.npy").string(),
        parts.with(".text.npy").string());
  }
  EmbeddingTable table;
  table.source = path.string();
  table.image = read_matrix(file.tensor(), 0, shape[1], shape[2]);
  table.text = read_matrix(file.tensor(), shape[1], shape[1], shape[2]);
  const auto side = parts.with(".csv");
  if (file_exists(side)) table.columns = read_side_columns(side, path);
  require_equal_rows(table, side);
  return table;
}

EmbeddingTable read_npy_table(const std::filesystem::path& path, const TablePath& parts) {
  const auto image = parts.with(".image.npy"), text = parts.with(".text.npy");
  const bool whole = path == parts.with(".npy");
  if (whole && file_exists(path)) return read_paired_array(path, parts);
  const bool has_image = file_exists(image), has_text = file_exists(text);
  if (!has_image && !has_text) {
    fail("{}: no such file, and neither {} nor {}", path.string(), image.string(), text.string());
  }
  if (!whole && !file_exists(path)) fail("{}: no such file", path.string());
  EmbeddingTable table;
  table.source = path.string();
  if (has_image) table.image = read_matrix(NpyFile(image).tensor());
  if (has_text) table.text = read_matrix(NpyFile(text).tensor());
  table.columns = read_side_columns(parts.with(".csv"), has_image ? image : text);
  require_equal_rows(table, parts.with(".csv"));
  return table;
}

}  // namespace

EmbeddingTable read_table(const std::filesystem::path& path) {
  const TablePath parts = parse_table_path(path);
  switch (parts.format) {
    case TableFormat::kCsv:
      return read_csv_table(path);
    case TableFormat::kSafetensors:
      return read_safetensors_table(path, parts);
    case TableFormat::kNpy:
      return read_npy_table(path, parts);
  }
  PUENTE_ASSERT(false);
}

}  // namespace puente
