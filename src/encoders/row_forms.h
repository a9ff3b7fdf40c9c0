// RowForms: what a layer's rows are turned into where its weights have 8 bits.
#pragma once

#include <string>

#include "tensor/quantised_rows.h"

namespace puente {

struct RowForms {
  IntegerForm attention;  // before queries, keys and values, and of what they attended to
  IntegerForm mlp;
};

/// Where a CPU multiplies `best` fastest. Seven bits are enough for an MLP, and too few for
/// attention: with seven everywhere two thirds of CLIP B/32's error over 400 pictures came of
/// attention's rows, a twentieth of the MLPs'. Of 1,000 pictures 98.2 % kept their nearest
/// neighbour, with seven before queries, keys and values 97.5 % (of texts 97.2 instead of 98.4 %),
/// with seven for what was attended to 95.8 %.
RowForms usual_forms(IntegerForm best = best_integer_form());

/// For the rows that vectors are taken from.
inline constexpr RowForms kFinerWay = {IntegerForm::pairs, IntegerForm::pairs};

/// "8-bit rows, quads (VNNI)"
std::string in_words(const RowForms& forms);

}  // namespace puente
