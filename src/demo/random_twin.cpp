#include "demo/random_twin.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "demo/llama_twin.h"
#include "demo/random_bert.h"
#include "demo/random_clip.h"
#include "demo/random_dinov2.h"
#include "demo/random_siglip.h"
#include "demo/random_vit.h"
#include "encoders/config_section.h"
#include "encoders/llama_file.h"

namespace puente {
namespace {

struct Twin {
  std::string_view model_type;
  std::vector<RandomTensor> (*tensors)(const ConfigSection& config);
  DType dtype = DType::kF32;
};

constexpr Twin kTwins[] = {
    {"bert", bert_tensors_of},
    {"clip", clip_tensors_of},
    {"dinov2", dinov2_tensors_of},
    {"dinov2_with_registers", dinov2_tensors_of},
    {"llama", llama_tensors_of, DType::kF16},
    {"mistral", llama_tensors_of, DType::kF16},
    {"siglip", siglip_tensors_of},
    {"vit", vit_tensors_of},
};

const Twin& twin_of(const ConfigSection& config) {
  const auto* found = std::ranges::find(kTwins, config.text("model_type", ""), &Twin::model_type);
  PUENTE_ASSERT(found != std::end(kTwins));
  return *found;
}

bool holds_weights(const std::filesystem::path& file) {
  const std::string name = file.filename().string(), end = file.extension().string();
  return end == ".safetensors" || end == ".bin" || end == ".gguf" || end == ".h5" ||
         end == ".msgpack" || name.ends_with(".index.json");
}

}  // namespace

std::filesystem::path write_random_twin(const std::filesystem::path& encoder, uint64_t seed,
                                        const std::filesystem::path& folder) {
  make_output_folder(folder);
  if (is_gguf(encoder)) {
    write_random_gguf_twin(encoder, seed, folder / "model.gguf");
    return folder / "model.gguf";
  }
  const ConfigSection config = ConfigSection::read(encoder);
  const Twin& twin = twin_of(config);
  for (const auto& entry : std::filesystem::directory_iterator(encoder)) {
    if (holds_weights(entry.path())) continue;
    std::error_code error;
    std::filesystem::create_symlink(std::filesystem::absolute(entry.path()),
                                    folder / entry.path().filename(), error);
    if (error) fail("{}: cannot be linked to: {}", entry.path().string(), error.message());
  }
  write_random_weights(folder / "model.safetensors", twin.tensors(config),
                       {.seed = seed, .dtype = twin.dtype});
  return folder;
}

}  // namespace puente
