// RecordEncoder: encoders that are loaded once and then turn records that are in memory into the
// vectors that `puente embed` makes of the same files, to the last bit. Nothing touches the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "embed/request.h"
#include "image/load.h"
#include "predict/vector_cache.h"

namespace puente {

/// One record's halves; borrowed pictures.
struct Record {
  /// File bytes; several where the vectors are means over a row's pictures. None: no such half.
  std::vector<std::span<const std::byte>> pictures = {};
  std::optional<std::string> text = {};
};

/// What became of a record's text.
struct TextTokens {
  int64_t kept = 0;
  int64_t full = 0;  // before truncation
};

/// Of N records. A row is zero where the record lacks the half, or has a problem.
struct RecordVectors {
  Matrix image;                       // [N, image_dim()]
  Matrix text;                        // [N, text_dim()]
  std::vector<TextTokens> tokens;     // [N]
  std::vector<std::string> problems;  // [N] a line where a half cannot be read; empty: none
};

class RecordEncoder {
 public:
  /// Loads the encoders; of the request's job only settings are used. `cached`: how many vectors of
  /// pictures and of texts each are kept (vector_cache.h). UserError as load_encoder().
  explicit RecordEncoder(const EmbedRequest& how, size_t cached = 0);

  int64_t image_dim() const { return image_ == nullptr ? 0 : image_->dimension(); }
  int64_t text_dim() const { return text_ == nullptr ? 0 : text_->dimension(); }
  bool untrained() const { return encoders_.untrained(); }
  int64_t max_tokens() const { return text_->max_tokens(); }
  /// How many records encode() likes best: more are worked on in turn.
  int64_t batch() const;

  /// On the caller's thread alone; several may call, each with a worker of its own. Records have no
  /// half that the encoders lack. Interrupted.
  RecordVectors encode(EncoderWorker& worker, std::span<const Record> records) const;

 private:
  void encode_pictures(EncoderWorker& worker, std::span<const Record> records,
                       RecordVectors& vectors) const;
  void encode_texts(std::span<const Record> records, RecordVectors& vectors) const;

  RequestEncoders encoders_;
  const ImageEncoder* image_ = nullptr;
  const TextEncoder* text_ = nullptr;
  PixelRecipe pixels_;
  LoadOptions load_;
  Truncate truncate_ = Truncate::end;
  mutable VectorCache pictures_seen_;
  mutable VectorCache texts_seen_;
};

}  // namespace puente
