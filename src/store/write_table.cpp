#include <cmath>
#include <memory>
#include <unordered_set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "formats/csv.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "store/layout.h"
#include "store/table_io.h"
#include "store/table_path.h"

namespace puente {
namespace {

/// Where a modality's vectors come from.
struct Vectors {
  const char* name;  // "image", "text"
  int64_t dim;
  const std::function<std::span<const float>(int64_t)>& at;

  std::span<const float> row(int64_t n, const std::string& target) const {
    const std::span<const float> values = at(n);
    PUENTE_ASSERT(static_cast<int64_t>(values.size()) == dim);
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i])) continue;
      fail("{}: not written: the {} embedding of row {} has {} at position {} (both from 0)",
           target, name, n, std::isnan(values[i]) ? "NaN" : "infinity", i);
    }
    return values;
  }
};

std::vector<Vectors> modalities(const TableSource& source) {
  std::vector<Vectors> found;
  if (source.image_dim > 0) found.push_back({"image", source.image_dim, source.image});
  if (source.text_dim > 0) found.push_back({"text", source.text_dim, source.text});
  return found;
}

void check_columns(const TableSource& source, const std::string& target) {
  std::unordered_set<std::string_view> names;
  for (const Column& column : source.columns) {
    PUENTE_ASSERT(static_cast<int64_t>(column.values.size()) == source.rows);
    if (column.name.empty()) fail("{}: not written: a column has no name", target);
    if (is_embedding_name(column.name)) {
      fail("{}: not written: the manifest's column {} has the name of an embedding; rename it",
           target, column.name);
    }
    if (!names.insert(column.name).second) {
      fail("{}: not written: two columns are called {}", target, quoted_excerpt(column.name));
    }
  }
}

/// One CSV line: the ordinary columns of a row, then its vectors.
class CsvLines {
 public:
  CsvLines(const std::filesystem::path& path, const TableSource& source,
           std::span<const Vectors> vectors)
      : file_(path), target_(path.string()), source_(source), vectors_(vectors) {
    std::vector<std::string> names;
    for (const Column& column : source.columns) names.push_back(column.name);
    for (const Vectors& modality : vectors) {
      for (int64_t i = 0; i < modality.dim; ++i) {
        names.push_back(fmt::format("{}_embedding_{}", modality.name, i));
      }
    }
    write_csv_row(file_, names);
  }

  void write(int64_t row) {
    line_.clear();
    const bool alone = source_.columns.size() == 1 && vectors_.empty();
    for (const Column& column : source_.columns) {
      const std::string& value = column.values[static_cast<size_t>(row)];
      if (alone && value.empty()) line_ += "\"\"";  // an empty line would be skipped
      append_csv_field(line_, value);
      line_ += ',';
    }
    for (const Vectors& modality : vectors_) {
      for (const float value : modality.row(row, target_)) {
        append_float(line_, value);
        line_ += ',';
      }
    }
    line_.back() = '\n';
    file_.write(line_);
  }

  AtomicFile& file() { return file_; }

 private:
  AtomicFile file_;
  std::string target_;
  const TableSource& source_;
  std::span<const Vectors> vectors_;
  std::string line_;
};

void write_csv(const TableSource& source, std::span<const Vectors> vectors,
               const std::filesystem::path& path) {
  CsvLines lines(path, source, vectors);
  for (int64_t row = 0; row < source.rows; ++row) {
    check_interrupt();
    lines.write(row);
  }
  lines.file().commit();
}

/// The ordinary columns alone, finished but not yet visible.
std::unique_ptr<CsvLines> stage_side_columns(const TableSource& source,
                                             const std::filesystem::path& path) {
  auto lines = std::make_unique<CsvLines>(path, source, std::span<const Vectors>());
  for (int64_t row = 0; row < source.rows; ++row) lines->write(row);
  lines->file().finish();
  return lines;
}

template <class Writer>
void write_vectors(const TableSource& source, const Vectors& vectors, const std::string& target,
                   Writer& writer) {
  for (int64_t row = 0; row < source.rows; ++row) {
    check_interrupt();
    writer.write(vectors.row(row, target));
  }
}

void write_safetensors(const TableSource& source, std::span<const Vectors> vectors,
                       const TablePath& parts, const std::filesystem::path& path) {
  std::vector<TensorSpec> specs;
  for (const Vectors& modality : vectors) {
    specs.push_back({modality.name, DType::kF32, {source.rows, modality.dim}});
  }
  SafetensorsWriter writer(path, specs, {{"format", "puente-table"}, {"version", "1"}});
  for (const Vectors& modality : vectors) write_vectors(source, modality, path.string(), writer);
  writer.finish();
  const auto side = stage_side_columns(source, parts.with(".csv"));
  writer.commit();
  side->file().commit();
}

/// Left where it is, an older table's file would be read as a part of this one.
void remove_stale(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) {
    fail("{}: is left from an older table and cannot be removed: {}", path.string(),
         error.message());
  }
}

void write_npy(const TableSource& source, std::span<const Vectors> vectors,
               const TablePath& parts) {
  std::vector<std::unique_ptr<NpyWriter>> writers;
  for (const Vectors& modality : vectors) {
    const auto path = parts.with(fmt::format(".{}.npy", modality.name).c_str());
    const int64_t shape[] = {source.rows, modality.dim};
    writers.push_back(std::make_unique<NpyWriter>(path, shape));
    write_vectors(source, modality, path.string(), *writers.back());
    writers.back()->finish();
  }
  const auto side = stage_side_columns(source, parts.with(".csv"));
  if (source.image_dim == 0) remove_stale(parts.with(".image.npy"));
  if (source.text_dim == 0) remove_stale(parts.with(".text.npy"));
  for (const auto& writer : writers) writer->commit();
  side->file().commit();
}

}  // namespace

void check_table_target(const std::filesystem::path& path) { parse_table_path(path); }

std::vector<std::filesystem::path> table_files(const std::filesystem::path& path, bool has_image,
                                               bool has_text) {
  const TablePath parts = parse_table_path(path);
  std::vector<std::filesystem::path> files;
  if (parts.format == TableFormat::kSafetensors) files.push_back(path);
  if (parts.format == TableFormat::kNpy) {
    if (has_image) files.push_back(parts.with(".image.npy"));
    if (has_text) files.push_back(parts.with(".text.npy"));
  }
  files.push_back(parts.with(".csv"));
  return files;
}

void write_table(const TableSource& source, const std::filesystem::path& path) {
  const TablePath parts = parse_table_path(path);
  const std::vector<Vectors> vectors = modalities(source);
  PUENTE_ASSERT(!vectors.empty());
  check_columns(source, path.string());
  if (parts.format == TableFormat::kCsv) return write_csv(source, vectors, path);
  if (source.columns.empty()) {
    fail("{}: not written: needs at least one column, such as an id, to go into {}", path.string(),
         parts.with(".csv").string());
  }
  if (parts.format == TableFormat::kSafetensors) {
    write_safetensors(source, vectors, parts, path);
  } else {
    write_npy(source, vectors, parts);
  }
}

void write_table(const EmbeddingTable& table, const std::filesystem::path& path) {
  TableSource source;
  source.columns = table.columns;
  source.rows = table.rows();
  if (table.has_image()) {
    PUENTE_ASSERT(table.image.rows() == source.rows);
    source.image_dim = table.image.cols();
    source.image = [&](int64_t row) { return table.image.row_span(row); };
  }
  if (table.has_text()) {
    PUENTE_ASSERT(table.text.rows() == source.rows);
    source.text_dim = table.text.cols();
    source.text = [&](int64_t row) { return table.text.row_span(row); };
  }
  write_table(source, path);
}

}  // namespace puente
