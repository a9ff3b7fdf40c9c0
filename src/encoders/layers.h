// The layers of a tower one after another, up to the rows that its vectors are taken from. A
// worker's `sequences` say where each text or picture lies, `picked` which row of each its vector
// is taken from (none where all are looked at).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "encoders/transformer_block.h"
#include "encoders/worker.h"

namespace puente {

/// The layers of a checkpoint, which all have one shape; names(i) are those of layer i. Packed on
/// all cores.
std::vector<TransformerBlock> read_blocks(WeightReader& reader, int64_t layers,
                                          const std::function<BlockNames(int64_t)>& names,
                                          const BlockShape& shape);

/// x [R, C] through all layers but the last, in place.
void pass_all_but_last(std::span<const TransformerBlock> blocks, MatrixView<float> x,
                       EncoderWorker& worker);

/// The vectors [P, D] of the pooled rows [P, C]: through the head, or as they are without one.
void project(MatrixView<const float> pooled, const std::optional<PackedLinear>& head,
             Activation activation, EncoderWorker& worker, MatrixView<float> vectors);

/// The last layer, for the picked rows only: y [P, C].
void last_layer(const TransformerBlock& block, MatrixView<const float> x, EncoderWorker& worker,
                MatrixView<float> y);

}  // namespace puente
