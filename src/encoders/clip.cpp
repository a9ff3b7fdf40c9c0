#include "encoders/clip.h"

#include <cmath>
#include <optional>
#include <string>

#include "base/error.h"
#include "encoders/clip_text.h"
#include "encoders/clip_vision.h"
#include "encoders/weight_reader.h"
#include "tensor/elementwise.h"

namespace puente {
namespace {

struct ClipWorker : Clip::Worker {
  TowerBuffers buffers;
};

TowerBuffers& buffers_of(Clip::Worker& worker) {
  auto* own = dynamic_cast<ClipWorker*>(&worker);
  PUENTE_ASSERT(own != nullptr);
  return own->buffers;
}

PixelRecipe matching_recipe(const std::filesystem::path& folder, const ClipVisionConfig& vision) {
  const PixelRecipe recipe = read_pixel_recipe(folder);
  if (recipe.height() != vision.image_size || recipe.width() != vision.image_size) {
    fail("{}: preprocessor_config.json makes pictures of {}x{} pixels, but config.json says {}x{}",
         folder.string(), recipe.width(), recipe.height(), vision.image_size, vision.image_size);
  }
  return recipe;
}

ClipTokenizer matching_tokenizer(const std::filesystem::path& folder, const ClipTextConfig& text) {
  ClipTokenizer tokenizer(folder);
  if (tokenizer.vocabulary_size() > text.vocabulary) {
    fail("{}: the tokenizer has {} tokens, but config.json says vocab_size {}", folder.string(),
         tokenizer.vocabulary_size(), text.vocabulary);
  }
  // See pooled_position().
  if (text.end_token != 2 && text.end_token != tokenizer.end_token()) {
    fail("{}: the tokenizer ends a text with token {}, but config.json says eos_token_id {}",
         folder.string(), tokenizer.end_token(), text.end_token);
  }
  return tokenizer;
}

}  // namespace

struct Clip::Impl {
  std::filesystem::path folder;
  ClipConfig config;
  std::optional<PixelRecipe> recipe;
  std::optional<ClipTokenizer> tokenizer;
  std::optional<ClipVision> vision;
  std::optional<ClipText> text;

  /// Weights that are finite can still overflow; such a vector must not reach a table.
  void normalise(MatrixView<float> embeddings, const char* what) const {
    for (int64_t i = 0; i < embeddings.rows; ++i) {
      const double length = normalise_length(embeddings.row_span(i));
      if (!(length > 0) || !std::isfinite(length)) {
        fail("{}: the {} half gives a vector of length {}; are these the model's weights?",
             folder.string(), what, length);
      }
    }
  }
};

Clip::Clip(const std::filesystem::path& folder, ClipParts parts) : impl_(std::make_unique<Impl>()) {
  impl_->folder = folder;
  impl_->config = read_clip_config(folder);
  if (parts.vision) impl_->recipe = matching_recipe(folder, impl_->config.vision);
  if (parts.text) impl_->tokenizer.emplace(matching_tokenizer(folder, impl_->config.text));
  WeightReader reader(folder);
  if (parts.vision) impl_->vision.emplace(reader, impl_->config);
  if (parts.text) impl_->text.emplace(reader, impl_->config);
}

Clip::~Clip() = default;
Clip::Clip(Clip&&) noexcept = default;

const ClipConfig& Clip::config() const { return impl_->config; }

const PixelRecipe& Clip::pixel_recipe() const {
  PUENTE_ASSERT(impl_->recipe.has_value());
  return *impl_->recipe;
}

const ClipTokenizer& Clip::tokenizer() const {
  PUENTE_ASSERT(impl_->tokenizer.has_value());
  return *impl_->tokenizer;
}

int64_t Clip::weight_bytes() const {
  return (impl_->vision ? impl_->vision->bytes() : 0) + (impl_->text ? impl_->text->bytes() : 0);
}

std::unique_ptr<Clip::Worker> Clip::make_worker() const { return std::make_unique<ClipWorker>(); }

void Clip::encode_images(Worker& worker, std::span<const float> pixels, int64_t batch,
                         MatrixView<float> embeddings) const {
  PUENTE_ASSERT(impl_->vision.has_value() && embeddings.rows == batch);
  impl_->vision->encode(pixels, buffers_of(worker), embeddings);
  impl_->normalise(embeddings, "vision");
}

void Clip::encode_texts(Worker& worker, std::span<const TokenizedText> texts,
                        MatrixView<float> embeddings) const {
  PUENTE_ASSERT(impl_->text.has_value());
  impl_->text->encode(texts, buffers_of(worker), embeddings);
  impl_->normalise(embeddings, "text");
}

}  // namespace puente
