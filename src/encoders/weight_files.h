// The files that hold a model's weights.
#pragma once

#include <filesystem>
#include <vector>

namespace puente {

/// Of a .gguf file, all of its parts; of a folder as Hugging Face ships it, its safetensors.
/// UserError where there are none.
std::vector<std::filesystem::path> weight_files(const std::filesystem::path& model);

}  // namespace puente
