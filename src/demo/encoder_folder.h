// A model folder as Hugging Face lays it out, before it is written: its text files and its tensors.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "demo/random_weights.h"
#include "formats/json.h"

namespace puente {

struct NamedFile {
  std::string name;  // below the folder
  std::string content;
};

struct EncoderFolder {
  std::string kind;  // "CLIP": for the model card
  std::vector<NamedFile> files;
  std::vector<RandomTensor> tensors = {};
};

NamedFile json_file(std::string name, const Json& json);

/// "float32", "float16", "bfloat16": config.json's torch_dtype.
std::string torch_dtype(DType dtype);

/// Writes the files and a README.md that says that nobody has trained this.
void write_encoder_files(const std::filesystem::path& folder, const EncoderFolder& encoder,
                         const RandomEncoderOptions& options);

/// The same and model.safetensors.
void write_encoder_folder(const std::filesystem::path& folder, const EncoderFolder& encoder,
                          const RandomEncoderOptions& options);

}  // namespace puente
