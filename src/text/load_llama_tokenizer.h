// The tokenizer that comes with a LLaMA: SentencePiece's of LLaMA-2 and Mistral or LLaMA-3's
// byte-level BPE, from a Hugging Face folder or a GGUF file.
#pragma once

#include <filesystem>
#include <memory>

#include "formats/gguf.h"
#include "text/tokenizer.h"

namespace puente {

/// tokenizer.model, or without one tokenizer.json. UserError where neither is there, and as
/// LlamaTokenizer and read_llama3_vocabulary say.
std::unique_ptr<const Tokenizer> load_llama_tokenizer(const std::filesystem::path& folder);

/// UserError names a kind of vocabulary that is not known, and as gguf_vocabulary.h says.
std::unique_ptr<const Tokenizer> load_llama_tokenizer(const GgufFile& file);

}  // namespace puente
