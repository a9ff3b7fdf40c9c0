// The texts of a manifest, each different one once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/manifest.h"
#include "text/prompt.h"

namespace puente {

/// Different texts, and which of them each row has.
struct Texts {
  std::vector<std::string> texts;
  std::vector<int32_t> of_row;
};

/// UserError as Prompt::render says, naming file and line.
Texts render_prompts(const Manifest& manifest, const Prompt& prompt);

}  // namespace puente
