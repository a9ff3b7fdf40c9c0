#include "encoders/layers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/threads.h"

namespace puente {

std::vector<TransformerBlock> read_blocks(WeightReader& reader, int64_t layers,
                                          const std::function<BlockNames(int64_t)>& names,
                                          const BlockShape& shape) {
  std::vector<std::optional<TransformerBlock>> read(static_cast<size_t>(layers));
  parallel_for(layers, available_cores(), [&](int64_t i, int) {
    read[static_cast<size_t>(i)].emplace(reader, names(i), shape);
  });
  std::vector<TransformerBlock> blocks;
  blocks.reserve(read.size());
  for (auto& block : read) blocks.push_back(std::move(*block));
  return blocks;
}

void pass_all_but_last(std::span<const TransformerBlock> blocks, MatrixView<float> x,
                       EncoderWorker& worker) {
  const auto layers = blocks.first(blocks.size() - 1);
  if (worker.picked.empty() || !blocks.front().has_finer_way()) {
    for (const TransformerBlock& block : layers) block.forward(x, worker.sequences, worker.block);
    return;
  }
  const MatrixView<float> finer =
      worker.finer.view(static_cast<int64_t>(worker.picked.size()), x.cols);
  for (int64_t i = 0; i < finer.rows; ++i) {
    std::copy_n(x.row(worker.picked[static_cast<size_t>(i)]), x.cols, finer.row(i));
  }
  for (const TransformerBlock& block : layers) {
    block.forward(x, worker.sequences, worker.picked, worker.block, finer);
  }
}

void last_layer(const TransformerBlock& block, MatrixView<const float> x, EncoderWorker& worker,
                MatrixView<float> y) {
  one_query_each(worker.sequences);
  block.forward(x, worker.picked, worker.sequences, worker.block, y);
}

void project(MatrixView<const float> pooled, const std::optional<PackedLinear>& head,
             Activation activation, EncoderWorker& worker, MatrixView<float> vectors) {
  if (head) {
    head->forward(pooled, activation, vectors, worker.block.operand);
    return;
  }
  for (int64_t i = 0; i < pooled.rows; ++i) {
    std::copy_n(pooled.row(i), pooled.cols, vectors.row(i));
  }
}

}  // namespace puente
