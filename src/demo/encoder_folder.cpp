#include "demo/encoder_folder.h"

#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"

namespace puente {
namespace {

constexpr std::string_view kModelCard =
    "# Untrained: seeded random weights\n\n"
    "This folder has the form of a {} model, but nobody has trained it: its weights are random\n"
    "numbers (seed {}). It turns its inputs into vectors that mean nothing beyond how alike the\n"
    "inputs are. Use it to try puente and to measure its speed, never for results.\n";

}  // namespace

NamedFile json_file(std::string name, const Json& json) {
  return {std::move(name), json.dump(2) + "\n"};
}

std::string torch_dtype(DType dtype) {
  if (dtype == DType::kF16) return "float16";
  if (dtype == DType::kBF16) return "bfloat16";
  return "float32";
}

void write_encoder_files(const std::filesystem::path& folder, const EncoderFolder& encoder,
                         const RandomEncoderOptions& options) {
  make_output_folder(folder);
  for (const NamedFile& file : encoder.files) {
    const std::filesystem::path path = folder / file.name;
    if (path.parent_path() != folder) make_output_folder(path.parent_path());
    write_file(path, file.content);
  }
  write_file(folder / "README.md", fmt::format(kModelCard, encoder.kind, options.seed));
}

void write_encoder_folder(const std::filesystem::path& folder, const EncoderFolder& encoder,
                          const RandomEncoderOptions& options) {
  write_encoder_files(folder, encoder, options);
  write_random_weights(folder / "model.safetensors", encoder.tensors, options);
}

}  // namespace puente
