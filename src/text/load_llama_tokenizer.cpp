#include "text/load_llama_tokenizer.h"

#include <string>

#include "base/error.h"
#include "text/gguf_vocabulary.h"
#include "text/llama3_tokenizer.h"
#include "text/llama_tokenizer.h"

namespace puente {

std::unique_ptr<const Tokenizer> load_llama_tokenizer(const std::filesystem::path& folder) {
  std::error_code ignored;
  const auto json = folder / "tokenizer.json";
  if (!std::filesystem::exists(folder / "tokenizer.model", ignored) &&
      std::filesystem::exists(json, ignored)) {
    return std::make_unique<Llama3Tokenizer>(read_llama3_vocabulary(json));
  }
  return std::make_unique<LlamaTokenizer>(folder);
}

std::unique_ptr<const Tokenizer> load_llama_tokenizer(const GgufFile& file) {
  const std::string_view kind = file.metadata().text("tokenizer.ggml.model");
  if (kind == "llama") return std::make_unique<LlamaTokenizer>(read_sentencepiece_vocabulary(file));
  if (kind == "gpt2") return std::make_unique<Llama3Tokenizer>(read_llama3_vocabulary(file));
  fail(
      "{}: its vocabulary is of the kind '{}'; known are 'llama' (LLaMA-2, Mistral) and 'gpt2' "
      "(LLaMA-3)",
      file.path().string(), kind);
}

}  // namespace puente
