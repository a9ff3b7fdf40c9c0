// The vocabulary of a random SigLIP model: a SentencePiece model that the caller has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "demo/encoder_folder.h"

namespace puente {

struct SiglipVocabulary {
  std::string bytes;  // the file as it is
  int64_t pieces = 0;
  int64_t end = 0;      // id of "</s>", which also pads
  int64_t unknown = 0;  // id of "<unk>"
};

/// `path` is a spiece.model or a folder with one. UserError if it is another kind of file or lacks
/// one of the two tokens.
SiglipVocabulary siglip_vocabulary(const std::filesystem::path& path);

/// spiece.model, tokenizer_config.json and special_tokens_map.json, for texts of `length` tokens.
std::vector<NamedFile> tokenizer_files(const SiglipVocabulary& vocabulary, int64_t length);

}  // namespace puente
