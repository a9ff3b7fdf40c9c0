#include "tensor/rms_norm.h"

#include <cmath>
#include <cstdint>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/rms_norm.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vec = hn::Vec<Tag>;

void rms_normalise_rows(MatrixView<const float> x, const RmsNorm& norm, MatrixView<float> y) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t whole = x.cols / lanes * lanes;
  for (int64_t i = 0; i < x.rows; ++i) {
    const float* from = x.row(i);
    float* to = y.row(i);
    Vec squares = hn::Zero(d);
    for (int64_t j = 0; j < whole; j += lanes) {
      const Vec v = hn::LoadU(d, from + j);
      squares = hn::MulAdd(v, v, squares);
    }
    float square = hn::GetLane(hn::SumOfLanes(d, squares));
    for (int64_t j = whole; j < x.cols; ++j) square += from[j] * from[j];
    const float factor = 1.0f / std::sqrt(square / static_cast<float>(x.cols) + norm.epsilon);

    const Vec factors = hn::Set(d, factor);
    for (int64_t j = 0; j < whole; j += lanes) {
      const Vec unit = hn::Mul(hn::LoadU(d, from + j), factors);
      hn::StoreU(hn::Mul(unit, hn::LoadU(d, norm.gamma.data() + j)), d, to + j);
    }
    for (int64_t j = whole; j < x.cols; ++j) {
      to[j] = from[j] * factor * norm.gamma[static_cast<size_t>(j)];
    }
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(rms_normalise_rows);

void rms_norm(MatrixView<const float> x, const RmsNorm& norm, MatrixView<float> y) {
  PUENTE_ASSERT(x.rows == y.rows && x.cols == y.cols && x.cols > 0);
  PUENTE_ASSERT(norm.gamma.size() == static_cast<size_t>(x.cols));
  HWY_DYNAMIC_DISPATCH(rms_normalise_rows)(x, norm, y);
}

}  // namespace puente
#endif
