// EmbeddingTable: what `embed` makes and everything after it reads. One row per record: the
// manifest's own columns as text, and a vector per modality.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "puente/matrix.h"

namespace puente {

/// One column of a manifest, as text, in row order.
struct Column {
  std::string name;
  std::vector<std::string> values;
};

struct EmbeddingTable {
  std::vector<Column> columns;  // ids, labels, groups: everything that is not a vector
  Matrix image;                 // [N, image_dim]; 0 x 0 when the table has no images
  Matrix text;                  // [N, text_dim]; 0 x 0 when the table has no texts
  std::string source;           // the file it was read from, for messages

  bool has_image() const { return image.cols() > 0; }
  bool has_text() const { return text.cols() > 0; }
  int64_t rows() const {
    if (!columns.empty()) return static_cast<int64_t>(columns.front().values.size());
    return has_image() ? image.rows() : text.rows();
  }
  /// nullptr when there is no such column.
  const Column* find(std::string_view name) const {
    for (const Column& column : columns) {
      if (column.name == name) return &column;
    }
    return nullptr;
  }
};

}  // namespace puente
