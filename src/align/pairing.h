// How well a row's own image and text find each other among all others: retrieval, and the loss
// that CLIP is trained with.
//
// Vectors are compared by cosine. Candidates are the different vectors of the other modality (equal
// to the last bit is one candidate): prompts repeat, and no picture can tell which of fifty rows
// with the same text is its own. A query is right about any candidate that shares a row with a
// vector equal to the query. Candidates with equal cosines come in random order, and the figures
// are expectations over it. Every row counts as one query.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "puente/progress.h"

#include "align/distinct_units.h"

namespace puente {

constexpr std::array<int64_t, 3> kRetrievalDepths = {1, 5, 10};

/// Queries of one modality, candidates of the other.
struct OneWayPairing {
  int64_t candidates = 0;
  /// R@k for the k of kRetrievalDepths: the share of rows for which a right candidate is among the
  /// k with the largest cosines.
  std::array<double, 3> recall{};
  /// The same where the order of the candidates is random: the mean of 1 - C(c - r, k) / C(c, k)
  /// for c candidates of which r are right.
  std::array<double, 3> chance{};
  /// Equation 8 of the paper, averaged over the rows i:
  /// -cos(i, i) / T + log(sum over all rows j of exp(cos(i, j) / T)).
  double clip_loss = std::numeric_limits<double>::quiet_NaN();
};

struct PairingMeasures {
  int64_t rows = 0;  // that were compared; 0: nothing was
  double temperature = 0;
  OneWayPairing image_to_text, text_to_image;
};

/// `image` and `text` of the same rows and of equal widths; the temperature T > 0. Takes
/// 2 K_image K_text d multiplications, on all threads; the result does not depend on their number.
PairingMeasures measure_pairing(const DistinctUnits& image, const DistinctUnits& text,
                                double temperature, int threads, Progress& progress);

}  // namespace puente
