#include "demo/random_twin.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "demo/random_bert.h"
#include "demo/random_clip.h"
#include "demo/random_dinov2.h"
#include "demo/random_siglip.h"
#include "demo/random_vit.h"
#include "encoders/config_section.h"

namespace puente {
namespace {

struct Twin {
  std::string_view model_type;
  std::vector<RandomTensor> (*tensors)(const ConfigSection& config);
};

constexpr Twin kTwins[] = {
    {"bert", bert_tensors_of},     {"clip", clip_tensors_of},
    {"dinov2", dinov2_tensors_of}, {"dinov2_with_registers", dinov2_tensors_of},
    {"siglip", siglip_tensors_of}, {"vit", vit_tensors_of},
};

const Twin* find_twin(std::string_view model_type) {
  const auto* found = std::ranges::find(kTwins, model_type, &Twin::model_type);
  return found == std::end(kTwins) ? nullptr : found;
}

bool holds_weights(const std::filesystem::path& file) {
  const std::string name = file.filename().string(), end = file.extension().string();
  return end == ".safetensors" || end == ".bin" || end == ".gguf" || end == ".h5" ||
         end == ".msgpack" || name.ends_with(".index.json");
}

}  // namespace

bool has_random_twin(std::string_view model_type) { return find_twin(model_type) != nullptr; }

void write_random_twin(const std::filesystem::path& encoder, uint64_t seed,
                       const std::filesystem::path& folder) {
  const ConfigSection config = ConfigSection::read(encoder);
  const Twin* twin = find_twin(config.text("model_type", ""));
  PUENTE_ASSERT(twin);
  make_output_folder(folder);
  for (const auto& entry : std::filesystem::directory_iterator(encoder)) {
    if (holds_weights(entry.path())) continue;
    std::error_code error;
    std::filesystem::create_symlink(std::filesystem::absolute(entry.path()),
                                    folder / entry.path().filename(), error);
    if (error) fail("{}: cannot be linked to: {}", entry.path().string(), error.message());
  }
  write_random_weights(folder / "model.safetensors", twin->tensors(config), {.seed = seed});
}

}  // namespace puente
