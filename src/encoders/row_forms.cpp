#include "encoders/row_forms.h"

#include "tensor/kernel_target.h"

namespace puente {

RowForms usual_forms(IntegerForm best) {
  return {best == IntegerForm::narrow_quads ? IntegerForm::pairs : best, best};
}

std::string in_words(const RowForms& forms) {
  const std::string mlp(description_of(forms.mlp));
  if (forms.attention == forms.mlp) return mlp;
  return mlp + " in MLPs; " + std::string(description_of(forms.attention)) + " in attention";
}

}  // namespace puente
