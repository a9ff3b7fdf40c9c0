#include "tensor/layer_norm.h"

#include <cmath>
#include <cstdint>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/layer_norm.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vec = hn::Vec<Tag>;

void normalise_rows(MatrixView<const float> x, const LayerNorm& norm, MatrixView<float> y) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t whole = x.cols / lanes * lanes;
  const auto columns = static_cast<float>(x.cols);
  for (int64_t i = 0; i < x.rows; ++i) {
    const float* from = x.row(i);
    float* to = y.row(i);
    Vec sums = hn::Zero(d);
    for (int64_t j = 0; j < whole; j += lanes) sums = hn::Add(sums, hn::LoadU(d, from + j));
    float sum = hn::GetLane(hn::SumOfLanes(d, sums));
    for (int64_t j = whole; j < x.cols; ++j) sum += from[j];
    const float mean = sum / columns;

    // The second pass is over differences: mean(x^2) - mean(x)^2 would cancel.
    const Vec means = hn::Set(d, mean);
    Vec squares = hn::Zero(d);
    for (int64_t j = 0; j < whole; j += lanes) {
      const Vec difference = hn::Sub(hn::LoadU(d, from + j), means);
      squares = hn::MulAdd(difference, difference, squares);
    }
    float square = hn::GetLane(hn::SumOfLanes(d, squares));
    for (int64_t j = whole; j < x.cols; ++j) square += (from[j] - mean) * (from[j] - mean);
    const float factor = 1.0f / std::sqrt(square / columns + norm.epsilon);

    const Vec factors = hn::Set(d, factor);
    for (int64_t j = 0; j < whole; j += lanes) {
      const Vec unit = hn::Mul(hn::Sub(hn::LoadU(d, from + j), means), factors);
      const Vec gamma = hn::LoadU(d, norm.gamma.data() + j);
      hn::StoreU(hn::MulAdd(unit, gamma, hn::LoadU(d, norm.beta.data() + j)), d, to + j);
    }
    for (int64_t j = whole; j < x.cols; ++j) {
      const auto c = static_cast<size_t>(j);
      to[j] = (from[j] - mean) * factor * norm.gamma[c] + norm.beta[c];
    }
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(normalise_rows);

void layer_norm(MatrixView<const float> x, const LayerNorm& norm, MatrixView<float> y) {
  PUENTE_ASSERT(x.rows == y.rows && x.cols == y.cols && x.cols > 0);
  PUENTE_ASSERT(norm.gamma.size() == static_cast<size_t>(x.cols));
  PUENTE_ASSERT(norm.beta.size() == static_cast<size_t>(x.cols));
  HWY_DYNAMIC_DISPATCH(normalise_rows)(x, norm, y);
}

}  // namespace puente
#endif
