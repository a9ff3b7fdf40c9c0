// Scaled dot-product attention over many sequences of different lengths that lie one after another
// in one matrix, without padding. The queries come scaled (1 / sqrt(D) is part of their weights).
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "tensor/packed_matrix.h"

namespace puente {

/// One sequence: which rows of the matrices are its own. With fewer queries than keys, the queries
/// are the last of the sequence where it is causal.
struct Sequence {
  int64_t first_query = 0;
  int64_t queries = 0;
  int64_t first_key = 0;
  int64_t keys = 0;
};

/// Leaves each sequence one query: the first has row 0, the next row 1, and so on.
void one_query_each(std::span<Sequence> sequences);

struct AttentionInput {
  MatrixView<const float> query;  // [all queries, H * D], scaled
  MatrixView<const float> key;    // [all keys, H * D]
  MatrixView<const float> value;  // [all keys, H * D]
  std::span<const Sequence> sequences;
  int64_t heads = 1;
  bool causal = false;  // a query sees no key after its own position
};

/// A worker's buffers: one head of one sequence at a time. Scores are made and used for a few
/// queries at a time, so they stay in the cache however long a sequence is.
struct AttentionScratch {
  PackedMatrix keys;    // [D, T]
  PackedMatrix values;  // [T, D]
  AlignedVector<float> scores;
};

/// out [all queries, H * D]: softmax(q k^T) v per head, heads side by side.
void attention(const AttentionInput& input, MatrixView<float> out, AttentionScratch& scratch);

}  // namespace puente
