// The rows of both modalities in their three joint principal components, with what it takes to move
// them by a shift of any lambda there: figures 2 and 3 of the paper, and a slider over lambda.
//
// With u a row divided by its length, of the narrower modality stretched to the width of the wider
// (as shift-interpolated does it), v = u / |u|; P [d, 3] the axes of the v of both modalities
// together, centred at their common mean; g = mean(u of image) - mean(u of text) over the rows that
// fit. A row is kept as a = P^T u, s = u . g and, where it was stretched, q = |u|^2 (else 1). Then
// for a shift by lambda L, with m = -L/2 for an image and +L/2 for a text,
//
//   P^T u' = (a + m P^T g) / sqrt(q + 2 m s + m^2 |g|^2)
//
// and P^T u' - center are its principal components. A row of zeros (q = 0) stays where it is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "puente/table.h"

namespace puente {

inline constexpr int64_t kJointAxes = 3;

struct JointHalf {
  BasicMatrix<double> components;      // [N, 3] a
  std::vector<double> along_gap;       // [N] s
  std::vector<double> squared_length;  // [N] q; 1 or 0 of rows that were not stretched
  bool stretched = false;
};

/// What a shift makes of the rows that fit.
struct ShiftedGap {
  double lambda = 0;
  double norm = 0;           // |mean(image) - mean(text)|
  double paired_cosine = 0;  // mean over the rows
};

struct JointGeometry {
  int64_t dimension = 0;                   // d
  int64_t fitted_rows = 0;                 // of each modality
  std::array<double, 3> variance_share{};  // of the v that fit; NaN where nothing varies
  std::array<double, 3> center{};          // P^T mean(v)
  std::array<double, 3> gap{};             // P^T g
  double gap_squared = 0;                  // |g|^2
  BasicMatrix<double> axes;                // [d, 3] P; the largest coordinate of each is positive
  JointHalf image, text;
  std::vector<ShiftedGap> shifted;  // lambda -1, -0.9 ... 1
};

/// Of `rows`, in their order, fitted on `fit`: on fewer of them, drawn by lot, where the vectors
/// are so wide that all would take longer than some seconds. Nothing for a table of one modality,
/// or without rows to fit. Interrupted.
std::optional<JointGeometry> joint_geometry(const EmbeddingTable& table,
                                            std::span<const int32_t> fit,
                                            std::span<const int32_t> rows);

/// P^T u' of row i after a shift by lambda, as above.
std::array<double, 3> shifted_components(const JointGeometry& geometry, const JointHalf& half,
                                         int64_t row, double lambda);

}  // namespace puente
