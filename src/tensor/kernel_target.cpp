#include "tensor/kernel_target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/kernel_target.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(target_name);

std::string_view kernel_target() { return HWY_DYNAMIC_DISPATCH(target_name)(); }

namespace {

struct Words {
  std::string_view name, description;
};

Words words_of(IntegerForm form) {
  switch (form) {
    case IntegerForm::tiles:
      return {"tiles", "8-bit rows, tiles (AMX)"};
    case IntegerForm::quads:
      return {"quads", "8-bit rows, quads (VNNI)"};
    case IntegerForm::narrow_quads:
      return {"narrow-quads", "7-bit rows, narrow quads (AVX2)"};
    default:
      return {"pairs", "12-bit rows, pairs"};
  }
}

}  // namespace

std::string_view description_of(IntegerForm form) { return words_of(form).description; }

std::string_view name_of(IntegerForm form) { return words_of(form).name; }

}  // namespace puente
#endif
