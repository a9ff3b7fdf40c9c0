// Alignment: moving the two modalities towards each other before fusion.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "puente/matrix.h"
#include "puente/table.h"

namespace puente {

/// The aligned vectors, one row per record: [N, image_dim + text_dim], image first. A table with
/// one modality has the other's dim 0. This is the one matrix that fusion reads.
struct AlignedTable {
  Matrix features;
  int64_t image_dim = 0;
  int64_t text_dim = 0;
};

enum class AlignMethod { none, normalise, shift, shift_interpolated };

/// How many numbers the gap of vectors of these sizes has; 0 unless shifting.
int64_t gap_size(AlignMethod method, int64_t image_dim, int64_t text_dim);

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
///   none        the vectors as they are
///   normalise   each modality's rows divided by their length: x / |x|
///   shift       normalise; with g = mean(image) - mean(text) over the training rows,
///               image - lambda/2 g and text + lambda/2 g, and normalise again. lambda 1 makes the
///               means meet before the second normalisation; 0 is normalise, to the bit. (Restrepo
///               et al. 2024 as their code does it; Liang et al. 2022.)
///   shift-interpolated   the same; the smaller modality is first stretched to the larger's size
/// A row of zeros has no direction: it stays zero under every method.
class Alignment {
 public:
  /// `rows` are the rows to fit on. shift needs both modalities of one size (shift-interpolated:
  /// of any size); UserError otherwise.
  Alignment(const AlignSpec& spec, const EmbeddingTable& table, std::span<const int32_t> rows);
  /// As fitted before: the sizes of the vectors and gap(), as they were then.
  Alignment(const AlignSpec& spec, int64_t image_dim, int64_t text_dim,
            std::span<const double> gap);
  /// UserError if the table's sizes are not those that were fitted.
  AlignedTable apply(const EmbeddingTable& table) const;
  const AlignSpec& spec() const { return spec_; }
  int64_t image_dim() const { return image_dim_; }
  int64_t text_dim() const { return text_dim_; }
  /// g, of the larger modality's size; empty unless shifting.
  std::span<const double> gap() const { return gap_; }

 private:
  AlignSpec spec_;
  int64_t image_dim_ = 0;
  int64_t text_dim_ = 0;
  AlignedVector<double> gap_;  // g; empty unless shifting
};

}  // namespace puente
