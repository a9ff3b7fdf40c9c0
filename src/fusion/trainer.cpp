#include "fusion/trainer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/rows_at.h"
#include "fusion/batches.h"
#include "fusion/engine.h"

namespace puente {
namespace {

std::vector<const float*> pointers(MatrixView<const float> features,
                                   std::span<const int32_t> rows) {
  std::vector<const float*> list;
  list.reserve(rows.size());
  for (const int32_t row : rows) {
    PUENTE_ASSERT(row >= 0 && row < features.rows);
    list.push_back(features.row(row));
  }
  return list;
}

// [n, outputs] -> [n, labels, classes]
template <class T>
Matrix probabilities_of(const BasicMatrix<T>& logits, const FusionShape& shape) {
  Matrix out(logits.rows(), shape.answers());
  for (int64_t r = 0; r < logits.rows(); ++r) {
    const std::span<const T> row = logits.row_span(r);
    if (shape.classes == 2) {
      for (int64_t l = 0; l < shape.labels; ++l) {
        out(r, 2 * l) = static_cast<float>(sigmoid(-row[l]));
        out(r, 2 * l + 1) = static_cast<float>(sigmoid(row[l]));
      }
      continue;
    }
    const T largest = *std::max_element(row.begin(), row.end());
    T sum = 0;
    for (const T logit : row) sum += std::exp(logit - largest);
    for (int64_t k = 0; k < shape.classes; ++k) {
      out(r, k) = static_cast<float>(std::exp(row[k] - largest) / sum);
    }
  }
  return out;
}

void check(const FusionShape& shape, const FusionOptions& options, const FusionData& data,
           std::span<const int32_t> train_rows) {
  const int64_t read = data.live == nullptr ? shape.image_dim + shape.text_dim
                                            : data.live->image_inputs() + data.live->text_inputs();
  PUENTE_ASSERT(data.features.cols == read);
  PUENTE_ASSERT(data.live == nullptr || data.live->outputs() == shape.image_dim + shape.text_dim);
  PUENTE_ASSERT(static_cast<int64_t>(data.label.size()) == data.features.rows * shape.labels);
  if (train_rows.size() < 2) fail("training needs at least two rows, got {}", train_rows.size());
  if (options.batch < 2) fail("a batch needs at least two rows, got {}", options.batch);
  if (!(options.dropout >= 0 && options.dropout < 1)) {
    fail("dropout must be at least 0 and less than 1, got {}", options.dropout);
  }
  if (options.regularisation > 0 &&
      (shape.kind != FusionKind::late || shape.image_dim == 0 || shape.text_dim == 0)) {
    fail(
        "alignment 'regularised' draws the two branches of late fusion together, and there are "
        "none here; use --fusion late with images and texts");
  }
  for (const int32_t row : train_rows) {
    PUENTE_ASSERT(row >= 0 && row < data.features.rows);
    const std::span<const int32_t> own = data.label.subspan(row * shape.labels, shape.labels);
    for (const int32_t one : own) {
      PUENTE_ASSERT(one >= (shape.labels > 1 ? -1 : 0) && one < shape.classes);
    }
    PUENTE_ASSERT(std::ranges::max(own) >= 0);
  }
}

std::vector<int32_t> labels_of(const FusionData& data, std::span<const int32_t> rows,
                               int64_t labels) {
  std::vector<int32_t> label;
  label.reserve(rows.size() * static_cast<size_t>(labels));
  for (const int32_t row : rows) {
    const std::span<const int32_t> own = data.label.subspan(row * labels, labels);
    label.insert(label.end(), own.begin(), own.end());
  }
  return label;
}

}  // namespace

template <class T>
struct BasicFusionTrainer<T>::Impl {
  FusionOptions options;
  FusionData data;
  std::vector<int32_t> train_rows;
  Criterion<T> criterion;
  FusionEngine<T> engine;
  int64_t epoch = 0;

  BasicMatrix<T> logits(std::span<const int32_t> rows) const {
    const std::vector<const float*> read = pointers(data.features, rows);
    if (data.live == nullptr) return engine.logits(read, options.threads);
    const Matrix made = data.live->scored(read, engine.lambda());
    return engine.logits(row_pointers(made), options.threads);
  }
};

template <class T>
BasicFusionTrainer<T>::BasicFusionTrainer(const FusionShape& shape, const FusionOptions& options,
                                          const FusionData& data,
                                          std::span<const int32_t> train_rows,
                                          std::span<const double> class_weights) {
  check(shape, options, data, train_rows);
  BasicFusionWeights<T> weights = initial_fusion_weights<T>(shape, options.seed);
  if (data.live != nullptr && data.live->learns_lambda()) weights.lambda = T(0);
  impl_ = std::make_unique<Impl>(
      Impl{options, data, std::vector<int32_t>(train_rows.begin(), train_rows.end()),
           criterion_of<T>(shape, class_weights), FusionEngine<T>(weights)});
}

template <class T>
BasicFusionTrainer<T>::~BasicFusionTrainer() = default;
template <class T>
BasicFusionTrainer<T>::BasicFusionTrainer(BasicFusionTrainer&&) noexcept = default;
template <class T>
BasicFusionTrainer<T>& BasicFusionTrainer<T>::operator=(BasicFusionTrainer&&) noexcept = default;

template <class T>
double BasicFusionTrainer<T>::train_epoch() {
  return train_epoch_in_order(epoch_order(impl_->train_rows, impl_->options.seed, impl_->epoch));
}

template <class T>
double BasicFusionTrainer<T>::train_epoch_in_order(std::span<const int32_t> rows) {
  check(shape(), impl_->options, impl_->data, rows);
  const std::vector<const float*> features = pointers(impl_->data.features, rows);
  const std::vector<int32_t> label = labels_of(impl_->data, rows, shape().labels);
  ++impl_->epoch;
  return impl_->engine.train({features, label, impl_->data.live}, impl_->options, impl_->criterion);
}

template <class T>
void BasicFusionTrainer<T>::probabilities(std::span<const int32_t> rows, Matrix& out) const {
  out = probabilities_of(impl_->logits(rows), shape());
}

template <class T>
double BasicFusionTrainer<T>::loss(std::span<const int32_t> rows) const {
  const BasicMatrix<T> logits = impl_->logits(rows);
  const std::vector<int32_t> label = labels_of(impl_->data, rows, shape().labels);
  BasicMatrix<T> dlogits;
  return impl_->criterion.batch(logits, label, dlogits);
}

template <class T>
BasicFusionWeights<T> BasicFusionTrainer<T>::weights() const {
  return impl_->engine.weights();
}

template <class T>
void BasicFusionTrainer<T>::set_weights(const BasicFusionWeights<T>& weights) {
  PUENTE_ASSERT(weights.shape == shape());
  impl_->engine = FusionEngine<T>(weights);
  impl_->epoch = 0;
}

template <class T>
const FusionShape& BasicFusionTrainer<T>::shape() const {
  return impl_->engine.shape();
}

template class BasicFusionTrainer<float>;
template class BasicFusionTrainer<double>;

void predict_probabilities(const FusionWeights& weights, MatrixView<const float> features,
                           std::span<const int32_t> rows, int threads, Matrix& out) {
  const FusionShape& shape = weights.shape;
  if (features.cols != shape.image_dim + shape.text_dim) {
    fail("the classifier reads {} + {} numbers per row, the table has {}", shape.image_dim,
         shape.text_dim, features.cols);
  }
  const FusionEngine<float> engine(weights);
  out = probabilities_of(engine.logits(pointers(features, rows), threads), shape);
}

}  // namespace puente
