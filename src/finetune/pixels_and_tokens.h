// PixelsAndTokens: the pictures and texts of a manifest's rows, as a ViT and a BERT read them.
// Pictures are decoded once, into 8-bit pixels that wait on disk in a file without a name (nothing
// is left behind whatever happens); equal pictures and equal texts are there once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "puente/progress.h"

#include "base/unnamed_file.h"
#include "data/manifest.h"
#include "embed/embed.h"
#include "finetune/raw_rows.h"
#include "image/pixel_recipe.h"

namespace puente {

struct RawRowsRequest {
  const Manifest& manifest;
  std::span<const int64_t> rows;  // of the manifest: row i of the data is manifest row rows[i]
  ImageInput images;              // of one picture per row
  TextInput texts;
  std::filesystem::path image_model, text_model;
  std::filesystem::path place;  // folder for the pixels
  int threads = 1;
};

class PixelsAndTokens : public RawRows {
 public:
  /// UserError as embed() says for pictures and texts; where a row has several pictures, or bands
  /// are stretched over the set.
  PixelsAndTokens(const RawRowsRequest& request, Progress& progress);

  int64_t count() const override { return static_cast<int64_t>(picture_of_row_.size()); }
  void pixels(int64_t row, std::span<float> planes) const override;
  std::span<const int32_t> tokens(int64_t row) const override;

  int64_t longest_text() const { return longest_text_; }        // tokens
  int64_t truncated_texts() const { return truncated_texts_; }  // rows

 private:
  void decode(const RawRowsRequest& request, Progress& progress);
  void tokenise(const RawRowsRequest& request);
  int64_t picture_bytes() const { return int64_t{3} * recipe_.width() * recipe_.height(); }

  PixelRecipe recipe_;
  std::vector<int32_t> picture_of_row_;
  UnnamedFile pixels_;  // [pictures][S, S, 3]
  std::vector<std::vector<int32_t>> texts_;
  std::vector<int32_t> text_of_row_;
  int64_t longest_text_ = 0;
  int64_t truncated_texts_ = 0;
};

}  // namespace puente
