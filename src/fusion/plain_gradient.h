// One batch through a fusion classifier and back, one obvious call per layer: the plain form of
// what the fast trainer does, and what trains the small head over backbones that are trained with
// it, where it is a thousandth of the work.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "fusion/weights.h"
#include "nn/batch_norm.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "nn/relu.h"

namespace puente {

template <class T>
struct FusionBatch {
  MatrixView<const T> features;    // [B, image_dim + text_dim]
  std::span<const int32_t> label;  // [B, labels]
  const Criterion<T>& criterion;
  DropoutMask mask;
  double regularisation = 0;  // as FusionOptions
};

template <class T>
BasicFusionWeights<T> zero_fusion_weights(const FusionShape& shape) {
  BasicFusionWeights<T> weights = blank_fusion_weights<T>(shape);
  for (const NamedTensor<T>& tensor : tensors_of(weights)) {
    for (T& value : tensor.values) value = T(0);
  }
  return weights;
}

/// Columns first .. first + count, copied.
template <class T>
BasicMatrix<T> columns_of(MatrixView<const T> x, int64_t first, int64_t count) {
  BasicMatrix<T> own(x.rows, count);
  for (int64_t r = 0; r < x.rows; ++r) {
    for (int64_t c = 0; c < count; ++c) own(r, c) = x.row(r)[first + c];
  }
  return own;
}

template <class T>
void paste_columns(const BasicMatrix<T>& from, int64_t first, BasicMatrix<T>& to) {
  for (int64_t r = 0; r < from.rows(); ++r) {
    for (int64_t c = 0; c < from.cols(); ++c) to(r, first + c) = from(r, c);
  }
}

/// The loss that draws the two branches of joined [B, 2 H] together; adds its gradient.
template <class T>
double add_branch_pull(double regularisation, const BasicMatrix<T>& joined,
                       BasicMatrix<T>& djoined) {
  const int64_t half = joined.cols() / 2;
  const double weight = regularisation / static_cast<double>(joined.rows());
  double squares = 0;
  for (int64_t r = 0; r < joined.rows(); ++r) {
    for (int64_t c = 0; c < half; ++c) {
      const T difference = joined(r, half + c) - joined(r, c);
      squares += static_cast<double>(difference) * static_cast<double>(difference);
      djoined(r, half + c) += static_cast<T>(weight) * difference;
      djoined(r, c) -= static_cast<T>(weight) * difference;
    }
  }
  return weight / 2 * squares;
}

/// Training mode: moves the running statistics of `weights`. -> gradient (overwritten), dfeatures
/// [B, image_dim + text_dim]; returns the loss.
template <class T>
double plain_fusion_gradient(BasicFusionWeights<T>& weights, const FusionBatch<T>& batch,
                             BasicFusionWeights<T>& gradient, BasicMatrix<T>& dfeatures) {
  struct Activations {
    BasicMatrix<T> x, relu, dropped, norm;
    typename BatchNorm1d<T>::Saved saved;
  };
  const std::vector<BranchShape> branches = branches_of(weights.shape);
  const int64_t rows = batch.features.rows;
  gradient = zero_fusion_weights<T>(weights.shape);
  dfeatures = BasicMatrix<T>(rows, batch.features.cols);
  std::vector<Activations> kept(branches.size());
  BasicMatrix<T> joined(rows, weights.shape.hidden());
  int64_t column = 0;
  for (size_t b = 0; b < branches.size(); ++b) {
    Activations& a = kept[b];
    BranchWeights<T>& branch = weights.branches[b];
    BasicMatrix<T> z;
    a.x = columns_of(batch.features, branches[b].offset, branches[b].inputs);
    Linear<T>::forward(branch.linear, a.x, z);
    Relu<T>::forward(z, a.relu);
    Dropout<T>::apply(batch.mask, column, a.relu, a.dropped);
    BatchNorm1d<T>::forward(branch.norm, branch.running, a.dropped, a.norm, a.saved);
    paste_columns(a.norm, column, joined);
    column += branches[b].hidden;
  }
  BasicMatrix<T> logits, dlogits, djoined;
  Linear<T>::forward(weights.output, joined, logits);
  double loss = batch.criterion.batch(logits, batch.label, dlogits);

  Linear<T>::backward(weights.output, joined, dlogits, gradient.output, djoined);
  if (batch.regularisation > 0) loss += add_branch_pull(batch.regularisation, joined, djoined);
  column = 0;
  for (size_t b = 0; b < branches.size(); ++b) {
    const Activations& a = kept[b];
    const BranchWeights<T>& branch = weights.branches[b];
    BasicMatrix<T> ddropped, drelu, dz, dx;
    const MatrixView<const T> dnorm{djoined.data() + column, djoined.rows(), branches[b].hidden,
                                    djoined.cols()};
    BatchNorm1d<T>::backward(branch.norm, a.saved, dnorm, gradient.branches[b].norm, ddropped);
    Dropout<T>::apply(batch.mask, column, ddropped, drelu);
    Relu<T>::backward(a.relu, drelu, dz);
    Linear<T>::backward(branch.linear, a.x, dz, gradient.branches[b].linear, dx);
    paste_columns(dx, branches[b].offset, dfeatures);
    column += branches[b].hidden;
  }
  return loss;
}

}  // namespace puente
