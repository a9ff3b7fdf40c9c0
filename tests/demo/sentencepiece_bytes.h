// The bytes of small SentencePiece models.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "demo/sentencepiece_file.h"

namespace puente::test {

/// A model with nothing but pieces. Texts are short.
inline std::string sentencepiece_of(const std::vector<SentencePiece>& pieces) {
  std::string model;
  for (const SentencePiece& piece : pieces) {
    std::string message =
        "\x0a" + std::string(1, static_cast<char>(piece.text.size())) + piece.text;
    std::string score(sizeof piece.score, '\0');
    std::memcpy(score.data(), &piece.score, sizeof piece.score);
    message += "\x15" + score;
    // As the library writes it: the usual kind is left out.
    if (piece.kind != PieceKind::kNormal) {
      message += "\x18" + std::string(1, static_cast<char>(piece.kind));
    }
    model += "\x0a" + std::string(1, static_cast<char>(message.size())) + message;
  }
  return model + std::string("\x12\x02\x18\x01", 4);  // a training setting
}

/// Ordinary pieces of one score.
inline std::string sentencepiece_model(const std::vector<std::string>& texts) {
  std::vector<SentencePiece> pieces;
  for (const std::string& text : texts) pieces.push_back({.text = text, .score = -1});
  return sentencepiece_of(pieces);
}

}  // namespace puente::test
