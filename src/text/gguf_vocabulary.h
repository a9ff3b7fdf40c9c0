// The vocabulary that a GGUF file carries, for the tokenizer that its model was trained with.
#pragma once

#include "formats/gguf.h"
#include "text/sentencepiece_vocabulary.h"

namespace puente {

/// UserError where the file has no vocabulary, or one of another kind than SentencePiece's.
SentencePieceVocabulary read_vocabulary(const GgufFile& file);

}  // namespace puente
