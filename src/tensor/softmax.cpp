#include "tensor/softmax.h"

#include <algorithm>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/softmax.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include "tensor/exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Tag>;

void softmax_rows(MatrixView<float> x, int64_t first_valid, int64_t valid_step) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t padded = (x.cols + 15) / 16 * 16;
  for (int64_t i = 0; i < x.rows; ++i) {
    float* row = x.row(i);
    const int64_t valid = std::min(x.cols, first_valid + i * valid_step);
    // So far below any other number that its exponential is exactly zero.
    std::fill(row + valid, row + padded, -3e38f);
    Vec largest = hn::LoadU(d, row);
    for (int64_t j = lanes; j < padded; j += lanes)
      largest = hn::Max(largest, hn::LoadU(d, row + j));
    largest = hn::MaxOfLanes(d, largest);
    Vec sums = hn::Zero(d);
    for (int64_t j = 0; j < padded; j += lanes) {
      const Vec e = exp_of(d, hn::Sub(hn::LoadU(d, row + j), largest));
      sums = hn::Add(sums, e);
      hn::StoreU(e, d, row + j);
    }
    const Vec factor = hn::Div(hn::Set(d, 1.0f), hn::SumOfLanes(d, sums));
    for (int64_t j = 0; j < padded; j += lanes) {
      hn::StoreU(hn::Mul(hn::LoadU(d, row + j), factor), d, row + j);
    }
    std::fill(row + valid, row + padded, 0.0f);
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(softmax_rows);

void softmax(MatrixView<float> x, int64_t first_valid, int64_t valid_step) {
  PUENTE_ASSERT(x.cols > 0 && first_valid >= 1 && valid_step >= 0);
  PUENTE_ASSERT(x.stride >= (x.cols + 15) / 16 * 16);
  HWY_DYNAMIC_DISPATCH(softmax_rows)(x, first_valid, valid_step);
}

}  // namespace puente
#endif
