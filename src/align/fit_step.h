// What the steps of an alignment are fitted on, and what they do. With rows x of one modality, I
// and T the rows of images and texts to fit on as the steps before have left them, n of them, in
// double:
//
//   normalise    x / |x|
//   centre       x - mean
//   standardise  (x - mean) / sd, the sd of n rows; a coordinate that does not vary is only
//                centred
//   whiten       (x - mean) C^-1/2, C the covariance (n - 1): "ZCA" (Kessy et al. 2018, The
//                American Statistician 72:309). Directions that the fitting rows do not have
//                become 0.
//   shift:L      u = x / |x|; g = mean(u of I) - mean(u of T); u - L/2 g for images, u + L/2 g for
//                texts, and to length one again. L 1 makes the means meet before that; 0 is
//                normalise, to the bit. (Liang et al. 2022; Restrepo et al. 2024, as their code
//                does it.)
//   shift-printed:L       u - L/2 G in every coordinate of both, G = E |u_text - u_image| over the
//                         pairs, and to length one again (Restrepo et al. 2024, section 2.4.6)
//   shift-interpolated:L  shift, after the smaller modality's u was stretched to the larger's size
//   shift-learned  shift; L begins at 0 and is learned with the classifier
//   procrustes   T Q for texts, Q orthogonal with the least |T Q - I| (Schoenemann 1966)
//   ridge        (x - mean T) B + mean I for texts, B with the least |T_c B - I_c|^2 + a |B|^2.
//                Of seven powers of ten times the mean variance of a coordinate times n, a is that
//                which predicts rows left out one at a time best.
//   pca:K        (x - mean) V, V the K directions of the most variance
//   cca:K        (x - mean) A, the K pairs of directions along which the two modalities correlate
//                most, scaled to variance 1 (Hotelling 1936)
//   noise:S      x + S / sqrt(d) N(0, 1) for training rows, d numbers per row; steps after it are
//                fitted on rows with noise, as training will see them
//   regularised:W  nothing to the rows
//
// A "direction that the fitting rows have": an axis of the covariance with at least 1e-10 of the
// variance of the first (the rounding of float32 numbers has some 1e-15 of it). The sign of an axis
// is such that its largest coordinate is positive.
#pragma once

#include <string>

#include "align/fit_rows.h"
#include "align/fitted_step.h"

namespace puente {

/// Can such a step be fitted on vectors of these sizes (0: no such modality)? UserError begins with
/// `where` (the table's file): a modality is missing that it needs, the sizes differ.
void check_step(const AlignStep& step, int64_t image_dim, int64_t text_dim,
                const std::string& where);

/// The step with its sizes alone; a shift's moves are there too.
FittedStep sized_step(const AlignStep& step, int64_t image_dim, int64_t text_dim);

/// UserError as check_step(), and where the rows vary in fewer directions than components are asked
/// for.
FittedStep fit_step(const AlignStep& step, const FitRows& rows, const std::string& where);

}  // namespace puente
