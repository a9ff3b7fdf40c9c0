// LiveRows: the steps of an alignment that a training repeats for every batch, because noise is
// drawn anew or lambda has moved since. They stand between a training's table, whose rows have the
// steps before them, and the classifier's first layer.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "puente/matrix.h"

#include "align/fitted_step.h"
#include "align/normal_noise.h"

namespace puente {

class LiveRows {
 public:
  /// Of both modalities, in the order in which they are applied. A shift-learned is the last.
  explicit LiveRows(std::vector<FittedStep> steps) : steps_(std::move(steps)) {}

  int64_t image_inputs() const { return steps_.front().image.inputs; }
  int64_t text_inputs() const { return steps_.front().text.inputs; }
  /// Numbers per row of what comes out.
  int64_t outputs() const { return steps_.back().image.outputs + steps_.back().text.outputs; }
  bool learns_lambda() const;

  /// Rows [n] of the table -> out [n, outputs], as a training sees them: with the noise of
  /// key.row, key.row + 1, ... Where lambda is learned, slope [n, outputs] is their derivative by
  /// it (may be empty otherwise).
  void train(std::span<const float* const> rows, const NoiseKey& key, double lambda,
             MatrixView<float> out, MatrixView<float> slope) const;
  /// As they are scored: without noise. [n, outputs]
  Matrix scored(std::span<const float* const> rows, double lambda) const;

 private:
  void make(std::span<const float* const> rows, const NoiseKey* key, double lambda,
            MatrixView<float> out, MatrixView<float> slope) const;
  void make_half(FittedHalf FittedStep::*half, std::span<const float* const> rows, int64_t from,
                 const NoiseKey* key, double lambda, MatrixView<float> out, int64_t to,
                 MatrixView<float> slope) const;

  std::vector<FittedStep> steps_;
};

}  // namespace puente
