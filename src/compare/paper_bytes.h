// Sizes as the paper's Table 2 has them (Restrepo et al. 2024): of a model the parameters, of a
// data set each tensor's elements that one epoch reads, times four bytes. A megabyte is 2^20 bytes.
#pragma once

#include <cstdint>

#include "fusion/fusion.h"

namespace puente {

constexpr double kPaperMegabyte = 1 << 20;

int64_t paper_model_bytes(int64_t parameters);
/// Of `rows` rows of embeddings: both halves, and the label as the loss reads it.
int64_t paper_dataset_bytes(const FusionShape& shape, int64_t rows);
/// Of `rows` rows of raw data: pixels of `side` x `side` in float32, token ids and mask in int64,
/// padded to the longest text, and the label in 8 bytes.
int64_t paper_raw_bytes(int64_t rows, int64_t side, int64_t longest_text);

}  // namespace puente
