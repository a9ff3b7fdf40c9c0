// Alignment: moving the two modalities towards each other before fusion.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "puente/matrix.h"
#include "puente/table.h"

namespace puente {

/// The aligned vectors, one row per record: [N, image_dim + text_dim], image first. A table with one
/// modality has the other's dim 0. This is the one matrix that fusion reads.
struct AlignedTable {
  Matrix features;
  int64_t image_dim = 0;
  int64_t text_dim = 0;
};

enum class AlignMethod { none, normalise, shift, shift_interpolated };

struct AlignSpec {
  AlignMethod method = AlignMethod::none;
  double lambda = 0;

  /// "none", "normalise", "shift:0.4", "shift-interpolated:0.4". UserError lists the known methods,
  /// or says that lambda is not a number.
  static AlignSpec parse(std::string_view text);
  std::string text() const;  // parse(text()) == *this
  bool operator==(const AlignSpec&) const = default;
};

/// What was learned from the training rows; apply() may then be used on any rows.
class Alignment {
 public:
  /// `rows` are the rows to fit on. shift needs both modalities of one size (shift-interpolated:
  /// of any size); UserError otherwise.
  Alignment(const AlignSpec& spec, const EmbeddingTable& table, std::span<const int32_t> rows);
  AlignedTable apply(const EmbeddingTable& table) const;
  const AlignSpec& spec() const { return spec_; }

 private:
  AlignSpec spec_;
  AlignedVector<double> gap_;  // mean(image) - mean(text) of L2-normalised rows; empty unless shifting
};

}  // namespace puente
