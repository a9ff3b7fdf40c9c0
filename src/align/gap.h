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
  /// Mean over the rows with a length of the angle between u and the direction of the mean of u, in
  /// degrees: half the opening of the cone that holds the rows, on average.
  double image_angle = kUnknown;
  double text_angle = kUnknown;
  double gap_norm = kUnknown;         // |mean(u of image) - mean(u of text)|
  double paired_cosine = kUnknown;    // mean of u_image . u_text of the same row
  double cross_cosine = kUnknown;     // the same over all pairs of an image and a text
  double paired_distance = kUnknown;  // mean of |u_image - u_text| of the same row: the paper's
                                      // E||E_text - E_image|| (2.4.6)
  /// Mean of |u_image - u_text|^2 of the same row, and what it is made of: gap_norm^2, which moving
  /// the two means onto each other would take away, and distribution_part, the mean of
  /// |(u_image - mean(u_image)) - (u_text - mean(u_text))|^2, which it would leave.
  double paired_squares = kUnknown;
  double distribution_part = kUnknown;
};

/// Linear in the table: the mean over pairs comes from the sum of the vectors.
GapMeasures measure_gap(const EmbeddingTable& table);

}  // namespace puente
