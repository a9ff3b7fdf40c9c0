// One object of a model's config.json: values looked up and checked, mistakes named by file and
// key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "formats/json.h"
#include "tensor/activation.h"

namespace puente {

class ConfigSection {
 public:
  /// The whole of FOLDER/config.json. UserError if it is missing or not a JSON object.
  static ConfigSection read(const std::filesystem::path& folder);
  /// The object `name` in it; empty if there is none.
  ConfigSection section(const std::string& name) const;

  /// nullptr where the key is absent or null.
  const Json* find(const std::string& key) const;
  int64_t integer(const std::string& key, int64_t otherwise, int64_t least = 1,
                  int64_t most = 10'000'000) const;
  float number(const std::string& key, float otherwise, float most = 1) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  bool flag(const std::string& key, bool otherwise) const;
  /// hidden_act and the like, by transformers' names.
  Activation activation(const std::string& key, const std::string& otherwise) const;

  /// Throws UserError "FILE: NAME.KEY ...".
  [[noreturn]] void refuse(const std::string& key, const std::string& what) const;
  const std::string& file() const { return file_; }
  /// "vision_config." in front of its keys, or nothing.
  const std::string& name() const { return name_; }

 private:
  ConfigSection(Json values, std::string file, std::string name)
      : values_(std::move(values)), file_(std::move(file)), name_(std::move(name)) {}

  Json values_;
  std::string file_;
  std::string name_;
};

/// Heads must share the hidden size evenly.
void check_heads(const ConfigSection& section, int64_t hidden, int64_t heads);
/// Patches must fill a side of the picture evenly.
void check_patches(const ConfigSection& section, int64_t image_size, int64_t patch_size);
/// Pictures are read as RGB.
void check_channels(const ConfigSection& section);

}  // namespace puente
