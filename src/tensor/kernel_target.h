// Which of the kernels in this room the CPU runs: each is built for several instruction sets, and
// the best one is picked when the program starts. For reports only.
#pragma once

#include <string_view>

#include "tensor/quantised_rows.h"

namespace puente {

/// Highway's name of the instruction set: "AVX2", "AVX3_DL", "SSE4" ...
std::string_view kernel_target();

/// In words: "8-bit rows, quads (VNNI)".
std::string_view description_of(IntegerForm form);
/// In a word: "tiles", "quads", "narrow-quads" or "pairs".
std::string_view name_of(IntegerForm form);

}  // namespace puente
