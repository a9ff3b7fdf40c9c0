// Vocabularies for the tests of SentencePieceBpe and LlamaTokenizer: from the golden JSON files,
// and from a GGUF file's metadata.
#pragma once

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/files.h"
#include "text/sentencepiece_vocabulary.h"

namespace puente::test {

inline void set_types(SentencePieceVocabulary& vocabulary, const std::vector<int32_t>& types) {
  vocabulary.types.clear();
  for (const int32_t type : types) vocabulary.types.push_back(static_cast<PieceType>(type));
}

inline SentencePieceVocabulary golden_vocabulary(std::string_view name) {
  const auto json = nlohmann::json::parse(read_text(golden("llama_tokens/" + std::string(name))));
  SentencePieceVocabulary vocabulary;
  vocabulary.source = name;
  vocabulary.pieces = json["pieces"].get<std::vector<std::string>>();
  vocabulary.scores = json["scores"].get<std::vector<float>>();
  set_types(vocabulary, json["types"].get<std::vector<int32_t>>());
  return vocabulary;
}

/// Only what a sound file needs: the three arrays of tokenizer.ggml, everything else skipped.
class GgufVocabularyReader {
 public:
  explicit GgufVocabularyReader(const std::filesystem::path& path) : bytes_(read_text(path)) {
    position_ = 4;  // GGUF
    take<uint32_t>();
    take<uint64_t>();
    const auto pairs = take<uint64_t>();
    for (uint64_t i = 0; i < pairs; ++i) {
      const std::string key = text();
      const auto type = take<uint32_t>();
      if (type == kArray) {
        const auto item = take<uint32_t>();
        const auto count = take<uint64_t>();
        array(key, item, count);
      } else {
        skip(type);
      }
    }
  }

  SentencePieceVocabulary vocabulary;

 private:
  enum : uint32_t { kText = 8, kArray = 9 };
  template <class T>
  T take() {
    T value;
    std::memcpy(&value, bytes_.data() + position_, sizeof value);
    position_ += sizeof value;
    return value;
  }
  std::string text() {
    const auto length = take<uint64_t>();
    position_ += length;
    return bytes_.substr(position_ - length, length);
  }
  void skip(uint32_t type) {
    constexpr size_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    if (type == kText) {
      text();
    } else {
      position_ += kSizes[type];
    }
  }
  void array(std::string_view key, uint32_t item, uint64_t count) {
    std::vector<int32_t> types;
    for (uint64_t i = 0; i < count; ++i) {
      if (key == "tokenizer.ggml.tokens") {
        vocabulary.pieces.push_back(text());
      } else if (key == "tokenizer.ggml.scores") {
        vocabulary.scores.push_back(take<float>());
      } else if (key == "tokenizer.ggml.token_type") {
        types.push_back(take<int32_t>());
      } else {
        skip(item);
      }
    }
    if (!types.empty()) set_types(vocabulary, types);
  }

  std::string bytes_;
  size_t position_ = 0;
};

}  // namespace puente::test
