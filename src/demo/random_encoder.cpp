#include "demo/random_encoder.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "base/error.h"
#include "demo/encoder_folder.h"
#include "demo/random_bert.h"
#include "demo/random_clip.h"
#include "demo/random_dinov2.h"
#include "demo/random_llama.h"
#include "demo/random_siglip.h"
#include "demo/random_vit.h"

namespace puente {
namespace {

struct Architecture {
  std::vector<std::string> (*names)();
  EncoderFolder (*make)(std::string_view name, const RandomEncoderOptions& options);
};

// LLaMA models, which are not always folders, stand apart.
constexpr Architecture kArchitectures[] = {
    {clip_names, random_clip}, {dinov2_names, random_dinov2}, {vit_names, random_vit},
    {bert_names, random_bert}, {siglip_names, random_siglip},
};

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::vector<std::string> random_encoder_names() {
  std::vector<std::string> all;
  for (const Architecture& architecture : kArchitectures) {
    for (std::string& name : architecture.names()) all.push_back(std::move(name));
  }
  for (std::string& name : llama_names()) all.push_back(std::move(name));
  return all;
}

void write_random_encoder(const std::filesystem::path& path, std::string_view name,
                          const RandomEncoderOptions& options) {
  if (contains(llama_names(), name)) return write_random_llama(path, name, options);
  for (const Architecture& architecture : kArchitectures) {
    if (!contains(architecture.names(), name)) continue;
    if (path.extension() == ".gguf") {
      fail("{}: only LLaMA models are written as GGUF; give a folder for {}", path.string(), name);
    }
    return write_encoder_folder(path, architecture.make(name, options), options);
  }
  fail("encoder \"{}\" is not known; known are {}", name, fmt::join(random_encoder_names(), ", "));
}

}  // namespace puente
