#include "bundle/encoder_identity.h"

#include "base/file_status.h"
#include "base/hash.h"
#include "encoders/llama_file.h"
#include "encoders/weight_files.h"

namespace puente {

Json encoder_identity(const std::filesystem::path& folder) {
  Json json = {{"folder", folder.string()}};
  for (const char* name : {"config.json", "model.safetensors.index.json"}) {
    if (file_exists(folder / name)) json["sha256"][name] = sha256_file(folder / name).hex();
  }
  const std::vector<std::filesystem::path> files = weight_files(folder);
  const bool one_gguf = is_gguf(folder) && files.size() == 1;
  for (const std::filesystem::path& file : files) {
    (one_gguf ? json["sampled_sha256"] : json["sampled_sha256"][file.filename().string()]) =
        sampled_sha256_file(file).hex();
  }
  return json;
}

bool same_encoder(const Json& a, const Json& b) {
  const auto same = [&](const char* key) {
    return a.value(key, Json(nullptr)) == b.value(key, Json(nullptr));
  };
  return same("sha256") && same("sampled_sha256");
}

}  // namespace puente
