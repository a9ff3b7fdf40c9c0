#include "text/gguf_vocabulary.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "formats/csv.h"

namespace puente {
namespace {

// What converters have called LLaMA-3's way to cut texts into words.
constexpr std::string_view kLlama3Words[] = {"llama-bpe", "llama3", "llama-v3"};

int32_t id_of(const GgufFile& file, const char* key, int32_t otherwise) {
  const auto id = file.metadata().find_integer(key);
  if (!id) return otherwise;
  if (*id < 0 || *id > INT32_MAX) fail("{}: {} is {}", file.path().string(), key, *id);
  return static_cast<int32_t>(*id);
}

/// LLaMA-3's words are the file's too, or UserError.
void check_words(const GgufFile& file) {
  const auto words = file.metadata().find_text("tokenizer.ggml.pre");
  if (!words) {
    fail(
        "{}: does not say how its tokenizer cuts texts into words (tokenizer.ggml.pre): convert "
        "the model again with a newer llama.cpp",
        file.path().string());
  }
  if (std::ranges::find(kLlama3Words, *words) == std::end(kLlama3Words)) {
    fail(
        "{}: its tokenizer cuts texts into words as {} does; of byte-level BPE, LLaMA-3's way "
        "('llama-bpe') is known",
        file.path().string(), quoted_excerpt(*words, 100));
  }
}

/// The token that frames a text, where `flag` says that one does.
std::optional<int32_t> framing_token(const GgufFile& file, const char* flag, bool otherwise,
                                     const char* key, size_t tokens) {
  if (!file.metadata().find_flag(flag).value_or(otherwise)) return std::nullopt;
  const int64_t id = file.metadata().integer(key);
  if (id < 0 || static_cast<size_t>(id) >= tokens) {
    fail("{}: {} is {}, and the vocabulary has {} tokens; download the file again",
         file.path().string(), key, id, tokens);
  }
  return static_cast<int32_t>(id);
}

}  // namespace

SentencePieceVocabulary read_sentencepiece_vocabulary(const GgufFile& file) {
  const GgufMetadata& metadata = file.metadata();
  SentencePieceVocabulary vocabulary;
  vocabulary.source = file.path().string();
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

Llama3Vocabulary read_llama3_vocabulary(const GgufFile& file) {
  check_words(file);
  const GgufMetadata& metadata = file.metadata();
  Llama3Vocabulary vocabulary;
  vocabulary.source = file.path().string();
  const std::vector<std::string_view> tokens = metadata.texts("tokenizer.ggml.tokens");
  const std::vector<int64_t> types = metadata.integers("tokenizer.ggml.token_type");
  if (tokens.size() != types.size()) {
    fail("{}: the vocabulary has {} tokens and {} types; download the file again",
         vocabulary.source, tokens.size(), types.size());
  }
  vocabulary.tokens.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    const auto type = static_cast<PieceType>(types[i]);
    const std::string token(tokens[i]);
    if (type != PieceType::normal) {
      const bool in_texts = type == PieceType::user_defined && !token.empty();
      vocabulary.added.push_back({token, id, /*normalized=*/false, /*special=*/!in_texts});
    } else if (!vocabulary.tokens.emplace(token, id).second) {
      fail("{}: the vocabulary has the token {} twice; download the file again", vocabulary.source,
           quoted_excerpt(token, 100));
    }
  }
  for (const std::string_view text : metadata.texts("tokenizer.ggml.merges")) {
    std::optional<BpeMerge> merge = parse_merge(text);
    if (!merge) {
      fail("{}: merge {} of the vocabulary is not two tokens with a space between them",
           vocabulary.source, vocabulary.merges.size() + 1);
    }
    vocabulary.merges.push_back(*std::move(merge));
  }
  // What is absent is as llama.cpp has it for these words.
  vocabulary.start = framing_token(file, "tokenizer.ggml.add_bos_token", true,
                                   "tokenizer.ggml.bos_token_id", tokens.size());
  vocabulary.end = framing_token(file, "tokenizer.ggml.add_eos_token", false,
                                 "tokenizer.ggml.eos_token_id", tokens.size());
  return vocabulary;
}

}  // namespace puente
