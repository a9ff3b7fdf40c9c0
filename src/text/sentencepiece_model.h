// A SentencePiece model file. The library sentencepiece does the work; nothing of it shows here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace puente {

/// Whether a space is put before a text.
enum class SpacePrefix { never, as_the_model_says };

class SentencePieceModel {
 public:
  /// UserError where the file is not a model or is damaged.
  explicit SentencePieceModel(const std::filesystem::path& path,
                              SpacePrefix prefix = SpacePrefix::never);
  ~SentencePieceModel();
  SentencePieceModel(SentencePieceModel&&) noexcept;

  /// The ids of `text` (UTF-8). Thread-safe.
  std::vector<int32_t> encode(std::string_view text) const;
  /// The id of a piece; nothing where the model does not have it.
  std::optional<int32_t> find(std::string_view piece) const;
  /// The ids of the model's <s> and </s>; nothing where it has none.
  std::optional<int32_t> start() const;
  std::optional<int32_t> end() const;
  int64_t size() const;
  /// Ids that it does not have are text.
  TokenKind kind_of(int32_t id) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
