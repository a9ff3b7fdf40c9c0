// The vocabulary of LLaMA-3's byte-level BPE, from a Hugging Face folder's tokenizer.json.
// (gguf_vocabulary.h reads the one in a GGUF file.) What is done with it is llama3_tokenizer's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/bpe.h"

namespace puente {

struct Llama3Vocabulary {
  std::string source;             // the file, for messages
  Vocabulary tokens;              // words and parts of words, in byte symbols
  std::vector<BpeMerge> merges;   // in order of rank
  bool whole_words = true;        // a word that is a token is that one, whatever the merges say
  std::vector<AddedToken> added;  // beside those
  std::optional<int32_t> start;   // what every text begins with
  std::optional<int32_t> end;     // and ends with

  /// One more than the largest id.
  int64_t size() const;
};

/// UserError where the file is damaged or another tokenizer's: one that is not byte-level BPE,
/// changes its texts first, or cuts them into words by another pattern than kLlama3Pattern.
Llama3Vocabulary read_llama3_vocabulary(const std::filesystem::path& tokenizer_json);

}  // namespace puente
