// Normal noise for training rows. Which numbers is a function of (seed, step, row, modality) alone,
// so it does not depend on who computes a row, or when.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "align/align_spec.h"

namespace puente {

struct NoiseKey {
  uint64_t seed = 0;
  uint64_t step = 0;  // other noise for every training step
  uint64_t row = 0;   // of the batch
};

/// out[j] += sd * N(0, 1). `stream` separates the uses of one key: modalities, steps of an
/// alignment.
void add_normal_noise(const NoiseKey& key, uint64_t stream, double sd, std::span<double> out);

/// A noise step's noise for the rows key.row, key.row + 1, ...; another step has none.
void add_noise(const AlignStep& step, const NoiseKey& key, uint64_t stream,
               BasicMatrix<double>& rows);

}  // namespace puente
