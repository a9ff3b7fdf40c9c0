// How far the two modalities of a table are apart, and how narrow the cone is in which each lies
// (Liang et al. 2022, "Mind the gap"). For reading, not for moving anything: see alignment.h.
#pragma once

#include <limits>

#include "puente/table.h"

namespace puente {

/// With u a row divided by its length (a row of zeros stays zero; its cosine with anything is 0).
/// NaN: what the table cannot say, for want of a modality, of equal widths, or of rows.
struct GapMeasures {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  double image_norm = kUnknown;  // mean length of the rows as they are
  double text_norm = kUnknown;
  double image_cosine = kUnknown;  // mean of u_i . u_j over all i != j; needs two rows
  double text_cosine = kUnknown;
  double image_variance = kUnknown;  // mean squared distance of u from its mean, all axes together
  double text_variance = kUnknown;
  double gap_norm = kUnknown;       // |mean(u of image) - mean(u of text)|
  double paired_cosine = kUnknown;  // mean of u_image . u_text of the same row
  double cross_cosine = kUnknown;   // the same over all pairs of an image and a text
};

/// Linear in the table: the mean over pairs comes from the sum of the vectors.
GapMeasures measure_gap(const EmbeddingTable& table);

}  // namespace puente
