// A fitted alignment as a safetensors file: the numbers of every step in F64, so that they read
// back as they were, to the bit.
//
//   metadata  "format": "puente alignment", "spec": "centre+shift:0.4", "image_dim", "text_dim"
//             and, with shift-learned, "lambda"
//   tensors   "0.image.mean", "0.text.map", ... : step, modality, part (align/fitted_step.h); those
//             that the step has
#pragma once

#include <filesystem>

#include "align/alignment.h"

namespace puente {

void save_alignment(const Alignment& alignment, const std::filesystem::path& path);
/// UserError names the file and what is wrong: another format, a step that is not known or does not
/// fit the sizes, a tensor that is missing or of another shape, a number that is not finite.
Alignment load_alignment(const std::filesystem::path& path);

}  // namespace puente
