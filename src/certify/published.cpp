#include "certify/published.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "base/mapped_file.h"
#include "encoders/encoder.h"
#include "encoders/text_transformer.h"
#include "encoders/vision_transformer.h"
#include "formats/safetensors.h"
#include "image/load.h"

namespace puente {
namespace {

AlignedVector<float> pixels_of(const std::filesystem::path& picture, const PixelRecipe& recipe) {
  AlignedVector<float> pixels(static_cast<size_t>(3 * recipe.height() * recipe.width()));
  const MappedFile file(picture);
  load_pixels(file.bytes(), picture.string(), recipe, {}, pixels);
  return pixels;
}

Matrix clip_logits(const std::filesystem::path& folder, const PublishedNumbers& expected,
                   const std::filesystem::path& picture) {
  const LoadedEncoder encoder = load_encoder(folder, {.image = true, .text = true});
  EncoderWorker worker;
  Matrix image(1, encoder.image->dimension());
  encoder.image->encode(worker, pixels_of(picture, encoder.image->pixel_recipe()), image.view());
  std::vector<TokenizedText> tokens;
  for (const std::string& text : expected.texts) {
    tokens.push_back(encoder.text->tokenize(text, Truncate::error));
  }
  Matrix texts(static_cast<int64_t>(tokens.size()), encoder.text->dimension());
  encoder.text->encode(worker, tokens, texts.view());
  const Checkpoint checkpoint(folder);
  std::array<float, 1> log_scale{};
  to_float(checkpoint.tensor("logit_scale", std::span<const int64_t>()), 0, log_scale);
  Matrix logits(1, texts.rows());
  for (int64_t t = 0; t < texts.rows(); ++t) {
    double cosine = 0;  // both are of unit length
    for (int64_t j = 0; j < texts.cols(); ++j) cosine += double{image(0, j)} * texts(t, j);
    logits(0, t) = static_cast<float>(std::exp(double{log_scale[0]}) * cosine);
  }
  return logits;
}

Matrix image_states(const std::filesystem::path& folder, const std::filesystem::path& picture) {
  const LoadedEncoder encoder = load_encoder(folder, {.image = true, .text = false});
  const auto& transformer = dynamic_cast<const VisionTransformer&>(*encoder.image);
  EncoderWorker worker;
  return transformer.token_states(worker, pixels_of(picture, transformer.pixel_recipe()), 1);
}

Matrix image_logits(const std::filesystem::path& folder, const std::filesystem::path& picture) {
  const Matrix states = image_states(folder, picture);
  const Checkpoint checkpoint(folder);
  // A classifier's own tensors have no prefix, whatever the model's below it have.
  const TensorInfo& weight = checkpoint.tensor("classifier.weight");
  if (weight.shape.size() != 2 || weight.shape[1] != states.cols()) {
    fail("{}: classifier.weight is not [labels, {}]", weight.source, states.cols());
  }
  const int64_t labels = weight.shape[0];
  Matrix w(labels, states.cols());
  to_float(weight, 0, {w.data(), static_cast<size_t>(w.size())});
  Matrix logits(1, labels);
  to_float(checkpoint.tensor("classifier.bias", std::array{labels}), 0, logits.row_span(0));
  for (int64_t k = 0; k < labels; ++k) {
    double sum = logits(0, k);
    for (int64_t j = 0; j < w.cols(); ++j) sum += double{w(k, j)} * states(0, j);
    logits(0, k) = static_cast<float>(sum);
  }
  return logits;
}

Matrix text_states(const std::filesystem::path& folder, const PublishedNumbers& expected) {
  const LoadedEncoder encoder = load_encoder(folder, {.image = false, .text = true});
  const auto& transformer = dynamic_cast<const TextTransformer&>(*encoder.text);
  EncoderWorker worker;
  return transformer.token_states(worker, expected.ids, expected.first_position);
}

Matrix numbers_of(const std::filesystem::path& folder, const PublishedNumbers& expected,
                  const std::filesystem::path& picture) {
  switch (expected.kind) {
    case PublishedKind::clip_logits:
      return clip_logits(folder, expected, picture);
    case PublishedKind::image_states:
      return image_states(folder, picture);
    case PublishedKind::image_logits:
      return image_logits(folder, picture);
    case PublishedKind::text_states:
      break;
  }
  return text_states(folder, expected);
}

}  // namespace

PublishedVerdict compare_published(const std::filesystem::path& folder,
                                   const PublishedNumbers& expected,
                                   const std::filesystem::path& picture) {
  const Matrix all = numbers_of(folder, expected, picture);
  PublishedVerdict verdict;
  verdict.expected = expected;
  for (size_t i = 0; i < expected.numbers.size(); ++i) {
    std::vector<double>& row = verdict.got.emplace_back();
    for (size_t j = 0; j < expected.numbers[i].size(); ++j) {
      const int64_t r = expected.first_row + static_cast<int64_t>(i);
      const int64_t c = expected.first_column + static_cast<int64_t>(j);
      PUENTE_ASSERT(r < all.rows() && c < all.cols());
      row.push_back(all(r, c));
      const double difference = std::abs(row.back() - expected.numbers[i][j]);
      // One that is not finite stays: nothing is larger than NaN.
      if (!(difference <= verdict.difference) && !std::isnan(verdict.difference)) {
        verdict.difference = difference;
      }
    }
  }
  return verdict;
}

}  // namespace puente
