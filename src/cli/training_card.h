// card.md beside a bundle.
#pragma once

#include <filesystem>

#include "formats/json.h"

namespace puente::cli {

/// The model card of a training as far as its metrics.json fills it in.
void write_training_card(const std::filesystem::path& folder, const Json& metrics);

}  // namespace puente::cli
