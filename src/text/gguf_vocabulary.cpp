#include "text/gguf_vocabulary.h"

#include <string>

#include "base/error.h"

namespace puente {
namespace {

int32_t id_of(const GgufFile& file, const char* key, int32_t otherwise) {
  const auto id = file.metadata().find_integer(key);
  if (!id) return otherwise;
  if (*id < 0 || *id > INT32_MAX) fail("{}: {} is {}", file.path().string(), key, *id);
  return static_cast<int32_t>(*id);
}

}  // namespace

SentencePieceVocabulary read_vocabulary(const GgufFile& file) {
  const GgufMetadata& metadata = file.metadata();
  SentencePieceVocabulary vocabulary;
  vocabulary.source = file.path().string();
  check_vocabulary_kind(metadata.text("tokenizer.ggml.model"), vocabulary.source);
  if (metadata.find_flag("tokenizer.ggml.remove_extra_whitespaces").value_or(false)) {
    fail("{}: its tokenizer takes runs of spaces together, as LLaMA's does not", vocabulary.source);
  }
  for (const std::string_view piece : metadata.texts("tokenizer.ggml.tokens")) {
    vocabulary.pieces.emplace_back(piece);
  }
  vocabulary.scores = metadata.numbers("tokenizer.ggml.scores");
  for (const int64_t type : metadata.integers("tokenizer.ggml.token_type")) {
    vocabulary.types.push_back(static_cast<PieceType>(type));
  }
  // What is absent is as llama.cpp has it for this kind.
  vocabulary.unknown = id_of(file, "tokenizer.ggml.unknown_token_id", 0);
  vocabulary.start = id_of(file, "tokenizer.ggml.bos_token_id", 1);
  vocabulary.end = id_of(file, "tokenizer.ggml.eos_token_id", 2);
  vocabulary.add_start = metadata.find_flag("tokenizer.ggml.add_bos_token").value_or(true);
  vocabulary.add_end = metadata.find_flag("tokenizer.ggml.add_eos_token").value_or(false);
  vocabulary.add_space_prefix =
      metadata.find_flag("tokenizer.ggml.add_space_prefix").value_or(true);
  check_vocabulary(vocabulary);
  return vocabulary;
}

}  // namespace puente
