// Which columns of a CSV are vectors. Puente writes image_embedding_0 .., text_embedding_0 ..;
// files of the paper's authors name them otherwise. A file is read by the first of these layouts of
// which it has any column; everything else in it is an ordinary column:
//
//   image_embedding_0 .., text_embedding_0 ..   puente, FMFB's CLIP files
//   img_emb_0 .., text_emb_0 ..                 Embedding-Alignment
//   image_0 .., text_0 ..                       FMFB's merged files; may count from 1
//   0 .. (at least two), embeddings             FMFB's DINOv2 file; its LLaMA file, one column that
//                                               holds "[0.1, 0.2, ...]"
//
// An unnamed first column is the row index that pandas adds: it is called "index", or left out
// where there is an "index" already.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

enum class FieldKind : uint8_t { kPlain, kImage, kText, kTextList, kIgnored };

/// What one field of every record is.
struct FieldPlace {
  FieldKind kind = FieldKind::kPlain;
  int64_t index = 0;  // plain: which column; image, text: which number of the vector
};

struct TableLayout {
  std::vector<FieldPlace> fields;  // one per column of the file
  std::vector<std::string> plain;  // names of the ordinary columns
  int64_t image_dim = 0;
  int64_t text_dim = 0;  // 0 as well for a text list: its rows say

  bool has_text_list() const;
  bool has_vectors() const { return image_dim > 0 || text_dim > 0 || has_text_list(); }
};

/// UserError for a column without a name, a name that is there twice, and a vector that lacks one
/// of its numbers.
TableLayout detect_layout(std::span<const std::string> header, const std::string& source);

/// Every column an ordinary one: for a CSV that lies beside the vectors. Same errors.
TableLayout plain_layout(std::span<const std::string> header, const std::string& source);

/// Whether a column of this name would be taken for a part of a vector in a file that puente
/// writes.
bool is_embedding_name(std::string_view name);

}  // namespace puente
