#include "nn/layer_norm_rows.h"

#include <cmath>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/layer_norm_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using RowTag = hn::ScalableTag<float>;
using RowVec = hn::Vec<RowTag>;

void norm_backward(MatrixView<const float> x, const LayerNorm& norm, MatrixView<const float> dy,
                   MatrixView<float> dx, std::span<RowMoments> moments) {
  const RowTag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t whole = x.cols / lanes * lanes;
  const auto columns = static_cast<float>(x.cols);
  const float* const gamma = norm.gamma.data();
  for (int64_t r = 0; r < x.rows; ++r) {
    const float* const in = x.row(r);
    const float* const from = dy.row(r);
    float* const to = dx.row(r);
    RowVec sums = hn::Zero(d);
    for (int64_t j = 0; j < whole; j += lanes) sums = hn::Add(sums, hn::LoadU(d, in + j));
    float mean = hn::GetLane(hn::SumOfLanes(d, sums));
    for (int64_t j = whole; j < x.cols; ++j) mean += in[j];
    mean /= columns;
    // Of a = dy gamma and of the distance from the mean: sum of squares, sum of a, sum of a times
    // distance.
    const RowVec means = hn::Set(d, mean);
    RowVec squares = hn::Zero(d), along = hn::Zero(d);
    sums = hn::Zero(d);
    for (int64_t j = 0; j < whole; j += lanes) {
      const RowVec distance = hn::Sub(hn::LoadU(d, in + j), means);
      const RowVec a = hn::Mul(hn::LoadU(d, from + j), hn::LoadU(d, gamma + j));
      squares = hn::MulAdd(distance, distance, squares);
      sums = hn::Add(sums, a);
      along = hn::MulAdd(a, distance, along);
    }
    float square = hn::GetLane(hn::SumOfLanes(d, squares));
    float sum = hn::GetLane(hn::SumOfLanes(d, sums));
    float projection = hn::GetLane(hn::SumOfLanes(d, along));
    for (int64_t j = whole; j < x.cols; ++j) {
      const float distance = in[j] - mean, a = from[j] * gamma[j];
      square += distance * distance;
      sum += a;
      projection += a * distance;
    }
    const float inverse = 1.0f / std::sqrt(square / columns + norm.epsilon);
    moments[static_cast<size_t>(r)] = {mean, inverse};
    // dx += inverse (a - mean(a) - xhat mean(a xhat)), xhat = distance inverse
    const float mean_a = sum / columns;
    const float slope = projection * inverse * inverse / columns;
    const RowVec inverses = hn::Set(d, inverse), mean_as = hn::Set(d, mean_a);
    const RowVec slopes = hn::Set(d, slope);
    for (int64_t j = 0; j < whole; j += lanes) {
      const RowVec distance = hn::Sub(hn::LoadU(d, in + j), means);
      const RowVec a = hn::Mul(hn::LoadU(d, from + j), hn::LoadU(d, gamma + j));
      const RowVec rest = hn::NegMulAdd(distance, slopes, hn::Sub(a, mean_as));
      hn::StoreU(hn::MulAdd(inverses, rest, hn::LoadU(d, to + j)), d, to + j);
    }
    for (int64_t j = whole; j < x.cols; ++j) {
      to[j] += inverse * (from[j] * gamma[j] - mean_a - (in[j] - mean) * slope);
    }
  }
}

void norm_gradient(MatrixView<const float> x, std::span<const RowMoments> moments,
                   MatrixView<const float> dy, int64_t first, int64_t count, float* gamma,
                   float* beta) {
  const RowTag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t end = first + count, whole = first + count / lanes * lanes;
  for (int64_t r = 0; r < x.rows; ++r) {
    const RowMoments& m = moments[static_cast<size_t>(r)];
    const float* const in = x.row(r);
    const float* const from = dy.row(r);
    const RowVec means = hn::Set(d, m.mean), inverses = hn::Set(d, m.inverse_deviation);
    for (int64_t j = first; j < whole; j += lanes) {
      const RowVec xhat = hn::Mul(hn::Sub(hn::LoadU(d, in + j), means), inverses);
      const RowVec g = hn::LoadU(d, from + j);
      hn::StoreU(hn::MulAdd(g, xhat, hn::LoadU(d, gamma + j)), d, gamma + j);
      hn::StoreU(hn::Add(g, hn::LoadU(d, beta + j)), d, beta + j);
    }
    for (int64_t j = whole; j < end; ++j) {
      gamma[j] = std::fma(from[j], (in[j] - m.mean) * m.inverse_deviation, gamma[j]);
      beta[j] += from[j];
    }
  }
}

void column_sums(MatrixView<const float> dy, int64_t first, int64_t count, float* sums) {
  const RowTag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t end = first + count, whole = first + count / lanes * lanes;
  for (int64_t r = 0; r < dy.rows; ++r) {
    const float* const from = dy.row(r);
    for (int64_t j = first; j < whole; j += lanes) {
      hn::StoreU(hn::Add(hn::LoadU(d, from + j), hn::LoadU(d, sums + j)), d, sums + j);
    }
    for (int64_t j = whole; j < end; ++j) sums[j] += from[j];
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(norm_backward);
HWY_EXPORT(norm_gradient);
HWY_EXPORT(column_sums);

void layer_norm_backward(MatrixView<const float> x, const LayerNorm& norm,
                         MatrixView<const float> dy, MatrixView<float> dx,
                         std::span<RowMoments> moments) {
  PUENTE_ASSERT(x.rows == dy.rows && x.rows == dx.rows && x.cols == dy.cols && x.cols == dx.cols);
  PUENTE_ASSERT(static_cast<int64_t>(norm.gamma.size()) >= x.cols);
  PUENTE_ASSERT(static_cast<int64_t>(moments.size()) == x.rows);
  HWY_DYNAMIC_DISPATCH(norm_backward)(x, norm, dy, dx, moments);
}

void add_layer_norm_gradient(MatrixView<const float> x, std::span<const RowMoments> moments,
                             MatrixView<const float> dy, int64_t first, int64_t count,
                             std::span<float> gamma, std::span<float> beta) {
  PUENTE_ASSERT(x.rows == dy.rows && x.cols == dy.cols && first + count <= x.cols);
  PUENTE_ASSERT(static_cast<int64_t>(moments.size()) == x.rows);
  PUENTE_ASSERT(gamma.size() == beta.size() && static_cast<int64_t>(gamma.size()) >= x.cols);
  HWY_DYNAMIC_DISPATCH(norm_gradient)
  (x, moments, dy, first, count, gamma.data(), beta.data());
}

void add_column_sums(MatrixView<const float> dy, int64_t first, int64_t count,
                     std::span<float> sums) {
  PUENTE_ASSERT(first + count <= dy.cols && static_cast<int64_t>(sums.size()) >= dy.cols);
  HWY_DYNAMIC_DISPATCH(column_sums)(dy, first, count, sums.data());
}

}  // namespace puente
#endif
