// The vocabulary that a GGUF file carries, for the tokenizer that its model was trained with. Which
// of the two it has, load_llama_tokenizer.h sees.
#pragma once

#include "formats/gguf.h"
#include "text/llama3_vocabulary.h"
#include "text/sentencepiece_vocabulary.h"

namespace puente {

/// Of tokenizer.ggml.model "llama". UserError where it is incomplete or damaged.
SentencePieceVocabulary read_sentencepiece_vocabulary(const GgufFile& file);

/// Of "gpt2", byte-level BPE. UserError where it is incomplete or damaged, or tokenizer.ggml.pre
/// names another way to cut texts into words than LLaMA-3's.
Llama3Vocabulary read_llama3_vocabulary(const GgufFile& file);

}  // namespace puente
