#include "tensor/swiglu.h"

#include <cstdint>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/swiglu.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include "tensor/activation-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void swiglu_all(const float* gate, const float* up, float* y, int64_t count) {
  const hn::CappedTag<float, 16> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Mul(swish(d, hn::LoadU(d, gate + i), 1.0f), hn::LoadU(d, up + i)), d, y + i);
  }
  const hn::CappedTag<float, 1> one;
  for (; i < count; ++i) {
    hn::StoreU(hn::Mul(swish(one, hn::LoadU(one, gate + i), 1.0f), hn::LoadU(one, up + i)), one,
               y + i);
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(swiglu_all);

void swiglu(std::span<const float> gate, std::span<const float> up, std::span<float> y) {
  PUENTE_ASSERT(gate.size() == y.size() && up.size() == y.size());
  HWY_DYNAMIC_DISPATCH(swiglu_all)
  (gate.data(), up.data(), y.data(), static_cast<int64_t>(y.size()));
}

}  // namespace puente
#endif
