// The vocabulary of a random BERT model: a vocab.txt where there is one at hand, else characters.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "demo/encoder_folder.h"

namespace puente {

struct BertVocabulary {
  std::vector<std::string> tokens;  // by id
  std::filesystem::path source;     // empty: made here
};

/// `path` is a vocab.txt or a folder with one. Empty: the special tokens, the printable ASCII
/// characters except capitals, letters and digits as ##pieces, and some words and endings.
/// UserError if a token comes twice or a special token is missing.
BertVocabulary bert_vocabulary(const std::filesystem::path& path);

/// vocab.txt and tokenizer.json, which lower-case and strip accents as bert-base-uncased does.
std::vector<NamedFile> tokenizer_files(const BertVocabulary& vocabulary);

}  // namespace puente
