// One step of an alignment with what was fitted for it, and how it changes rows. Per modality it is
// at most: to length one, minus a mean, times a factor per coordinate or a matrix, plus a vector,
// to length one.
#pragma once

#include <cstdint>
#include <vector>

#include "puente/matrix.h"

#include "align/align_spec.h"

namespace puente {

/// A step for one modality. Parts that are empty do nothing.
struct FittedHalf {
  int64_t inputs = 0;  // numbers per row; 0: the table has no such modality
  int64_t outputs = 0;
  std::vector<double> mean = {};       // [inputs], subtracted
  std::vector<double> scale = {};      // [inputs], multiplied
  BasicMatrix<double> map = {};        // [outputs, inputs], of a product x map^T
  std::vector<double> offset = {};     // [outputs], added
  std::vector<double> direction = {};  // [outputs], of a shift: added `moves` times
  double moves = 0;
};

struct FittedStep {
  AlignStep step;
  FittedHalf image;
  FittedHalf text;
};

/// How far a shift of this kind moves per lambda, as a share of its direction: images by -1/2,
/// texts by 1/2; shift-printed both by -1/2.
double moves_per_lambda(AlignKind shift, bool is_text);
void set_lambda(FittedStep& shift, double lambda);

/// A shift's rows, moved `moves` times along its direction.
void shift_rows(const FittedHalf& half, double moves, BasicMatrix<double>& rows);

/// Rows [n, half.inputs] -> [n, half.outputs], in place. A row of zeros has no direction: it stays
/// zero where rows are brought to length one. Noise and regularised leave rows as they are.
void apply(AlignKind kind, const FittedHalf& half, BasicMatrix<double>& rows);

}  // namespace puente
