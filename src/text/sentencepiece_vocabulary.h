// The vocabulary of a SentencePiece BPE model as plain arrays, which is how a GGUF file carries it.
// Not for reading files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

/// What a piece is for. The numbers are those of SentencePiece's model files and of GGUF's.
enum class PieceType : int32_t {
  normal = 1,
  unknown = 2,       // stands for what no other piece covers
  control = 3,       // <s>, </s>: never found in a text
  user_defined = 4,  // stands whole wherever a text has it
  unused = 5,        // takes part in merges, but falls apart again into what it was merged from
  byte = 6,          // <0x00> .. <0xFF>: what characters without a piece are written with
};

struct SentencePieceVocabulary {
  std::string source;               // the file, for messages
  std::vector<std::string> pieces;  // [V] UTF-8, U+2581 for a space
  std::vector<float> scores;        // [V] the pair whose piece has the highest is merged first
  std::vector<PieceType> types;     // [V]
  int32_t unknown = 0;              // ids: <unk>
  int32_t start = 1;                // <s>, BOS
  int32_t end = 2;                  // </s>, EOS
  bool add_start = true;            // every text starts with <s>
  bool add_end = false;             // and ends with </s>
  bool add_space_prefix = true;     // every text that is not empty gets a space before it
};

/// UserError names the source and what is wrong: arrays of different lengths or of none, a type
/// that is not one of the above, a score that is not a number, an id outside the vocabulary, some
/// byte pieces but not all 256 or with another text than <0xNN>.
void check_vocabulary(const SentencePieceVocabulary& vocabulary);

/// The byte that <0xNN> stands for; -1 for another text.
int byte_of_piece(std::string_view piece);

}  // namespace puente
