// The vocabulary of a random CLIP model: OpenAI's where there is one at hand, else bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "demo/encoder_folder.h"

namespace puente {

struct ClipVocabulary {
  std::vector<std::string> tokens;  // by id
  std::vector<std::pair<std::string, std::string>> merges;
  int64_t start = 0;
  int64_t end = 0;
};

/// `path` is OpenAI's bpe_simple_vocab_16e6.txt[.gz] or a folder with a CLIP tokenizer. Empty: the
/// 256 bytes, each also as the end of a word, and the two special tokens. UserError if there are
/// more than `limit` tokens.
ClipVocabulary clip_vocabulary(const std::filesystem::path& path, int64_t limit);

/// vocab.json and merges.txt.
std::vector<NamedFile> tokenizer_files(const ClipVocabulary& vocabulary);

}  // namespace puente
