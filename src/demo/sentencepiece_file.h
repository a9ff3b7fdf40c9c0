// A SentencePiece model file, taken apart: what the random models need of the one that the caller
// has. Tokenising is the text room's business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace puente {

/// As sentencepiece numbers them; GGUF has the same numbers.
enum class PieceKind : int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct SentencePiece {
  std::string text;
  float score = 0;
  PieceKind kind = PieceKind::kNormal;
};

struct SentencePieceFile {
  std::filesystem::path path;
  std::string wanted;  // what the caller should give, for messages
  std::string bytes;   // the file as it is
  std::vector<SentencePiece> pieces;

  /// UserError where there is no such piece.
  int64_t id_of(const char* text) const;
};

/// `path` is a model or a folder with one named `name`. UserError if it is another kind of file;
/// the message asks for `wanted`.
SentencePieceFile read_sentencepiece(const std::filesystem::path& path, const char* name,
                                     std::string wanted);

}  // namespace puente
