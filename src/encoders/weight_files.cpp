#include "encoders/weight_files.h"

#include "encoders/llama_file.h"
#include "formats/gguf.h"
#include "formats/safetensors.h"

namespace puente {

std::vector<std::filesystem::path> weight_files(const std::filesystem::path& model) {
  if (is_gguf(model)) return GgufFile(model).files();
  return Checkpoint(model).files();
}

}  // namespace puente
