#include "encoders/encoder.h"

#include <algorithm>
#include <vector>

#include "puente/puente.h"

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/threads.h"
#include "embed/mean_vector.h"
#include "image/load.h"

namespace puente {
namespace {

/// Calls encode(worker, first, size) for all batches of `count` items, on all threads.
template <class Encode>
void in_batches(int64_t count, int64_t at_once, int threads, Encode&& encode) {
  std::vector<EncoderWorker> workers(static_cast<size_t>(threads));
  parallel_for((count + at_once - 1) / at_once, threads, [&](int64_t item, int worker) {
    const int64_t first = item * at_once;
    encode(workers[static_cast<size_t>(worker)], first, std::min(at_once, count - first));
  });
}

}  // namespace

struct Encoder::Impl {
  std::filesystem::path folder;
  LoadedEncoder loaded;
  int threads;
};

Encoder::Encoder(const std::filesystem::path& folder, const EncoderOptions& options) {
  EncoderSettings load;
  load.precision = options.int8 ? Precision::int8 : Precision::fp32;
  if (!options.image_pool.empty()) load.image_pool = pool_from_name(options.image_pool);
  if (!options.text_pool.empty()) load.text_pool = pool_from_name(options.text_pool);
  load.normalise = options.normalise;
  impl_.reset(new Impl{folder, load_encoder(folder, encoder_parts(folder), load),
                       options.threads > 0 ? options.threads : available_cores()});
}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

int64_t Encoder::image_dimension() const {
  return impl_->loaded.image ? impl_->loaded.image->dimension() : 0;
}

int64_t Encoder::text_dimension() const {
  return impl_->loaded.text ? impl_->loaded.text->dimension() : 0;
}

Matrix Encoder::images(std::span<const std::filesystem::path> files) const {
  const ImageEncoder* encoder = impl_->loaded.image.get();
  if (!encoder) fail("{}: this model has no image half", impl_->folder.string());
  const PixelRecipe& recipe = encoder->pixel_recipe();
  const auto pixels_per_image = static_cast<size_t>(3 * recipe.height() * recipe.width());
  Matrix vectors(static_cast<int64_t>(files.size()), encoder->dimension());
  in_batches(
      vectors.rows(), encoder->batch(), impl_->threads,
      [&](EncoderWorker& worker, int64_t first, int64_t size) {
        std::vector<float> pixels(static_cast<size_t>(size) * pixels_per_image);
        for (int64_t i = 0; i < size; ++i) {
          const MappedFile file(files[static_cast<size_t>(first + i)]);
          load_pixels(file.bytes(), file.path().string(), recipe, {},
                      std::span(pixels).subspan(static_cast<size_t>(i) * pixels_per_image,
                                                pixels_per_image));
        }
        encoder->encode(worker, pixels, {vectors.row(first), size, vectors.cols(), vectors.cols()});
      });
  return vectors;
}

Matrix Encoder::images(std::span<const std::vector<std::filesystem::path>> rows) const {
  std::vector<std::filesystem::path> files;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].empty()) fail("row {}: it has no picture", row + 1);
    files.insert(files.end(), rows[row].begin(), rows[row].end());
  }
  const Matrix of_file = images(files);
  Matrix vectors(static_cast<int64_t>(rows.size()), of_file.cols());
  MeanVector mean;
  int64_t next = 0;
  for (int64_t row = 0; row < vectors.rows(); ++row) {
    mean.clear();
    const int64_t end = next + static_cast<int64_t>(rows[static_cast<size_t>(row)].size());
    while (next < end) mean.add(of_file.row_span(next++));
    std::ranges::copy(mean.mean(), vectors.row(row));
  }
  return vectors;
}

Matrix Encoder::texts(std::span<const std::string> texts) const {
  const TextEncoder* encoder = impl_->loaded.text.get();
  if (!encoder) fail("{}: this model has no text half", impl_->folder.string());
  Matrix vectors(static_cast<int64_t>(texts.size()), encoder->dimension());
  std::vector<TokenizedText> tokens;
  for (const std::string& text : texts) tokens.push_back(encoder->tokenize(text, Truncate::end));
  Silent silent;
  encoder->encode_all(
      tokens, {.threads = impl_->threads},
      [&](int64_t first, MatrixView<const float> some) {
        std::copy_n(some.data, some.rows * some.cols, vectors.row(first));
      },
      silent);
  return vectors;
}

}  // namespace puente
