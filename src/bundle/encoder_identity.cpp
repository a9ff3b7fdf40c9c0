#include "bundle/encoder_identity.h"

#include "base/hash.h"
#include "formats/gguf.h"
#include "formats/safetensors.h"

namespace puente {

Json encoder_identity(const std::filesystem::path& folder) {
  Json json = {{"folder", folder.string()}};
  if (std::filesystem::is_regular_file(folder)) {  // a GGUF
    const std::vector<std::filesystem::path> files = GgufFile(folder).files();
    for (const std::filesystem::path& file : files) {
      const std::string hash = sampled_sha256_file(file).hex();
      (files.size() == 1 ? json["sampled_sha256"]
                         : json["sampled_sha256"][file.filename().string()]) = hash;
    }
    return json;
  }
  for (const char* name : {"config.json", "model.safetensors.index.json"}) {
    if (std::filesystem::exists(folder / name)) {
      json["sha256"][name] = sha256_file(folder / name).hex();
    }
  }
  for (const std::filesystem::path& file : Checkpoint(folder).files()) {
    json["sampled_sha256"][file.filename().string()] = sampled_sha256_file(file).hex();
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
