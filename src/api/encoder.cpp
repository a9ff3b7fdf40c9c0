#include "puente/puente.h"

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/threads.h"
#include "encoders/clip.h"
#include "image/decode.h"

namespace puente {
namespace {
constexpr int64_t kBatch = 8;
}

struct Encoder::Impl {
  Clip clip;
  int threads;

  /// Calls encode(worker, first, size) for all batches of `count` items, on all threads.
  template <class Encode>
  void in_batches(int64_t count, Encode&& encode) const {
    std::vector<std::unique_ptr<Clip::Worker>> workers(static_cast<size_t>(threads));
    parallel_for((count + kBatch - 1) / kBatch, threads, [&](int64_t item, int worker) {
      auto& slot = workers[static_cast<size_t>(worker)];
      if (!slot) slot = clip.make_worker();
      const int64_t first = item * kBatch;
      encode(*slot, first, std::min(kBatch, count - first));
    });
  }
};

Encoder::Encoder(const std::filesystem::path& folder, int threads)
    : impl_(new Impl{Clip(folder), threads > 0 ? threads : available_cores()}) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

int64_t Encoder::dimension() const { return impl_->clip.dimension(); }

Matrix Encoder::images(std::span<const std::filesystem::path> files) const {
  const Clip& clip = impl_->clip;
  const PixelRecipe& recipe = clip.pixel_recipe();
  const auto pixels_per_image = static_cast<size_t>(3 * recipe.height() * recipe.width());
  Matrix vectors(static_cast<int64_t>(files.size()), dimension());
  impl_->in_batches(vectors.rows(), [&](Clip::Worker& worker, int64_t first, int64_t size) {
    std::vector<float> pixels(static_cast<size_t>(size) * pixels_per_image);
    for (int64_t i = 0; i < size; ++i) {
      const MappedFile file(files[static_cast<size_t>(first + i)]);
      preprocess(
          decode_image(file.bytes(), file.path().string()), recipe,
          std::span(pixels).subspan(static_cast<size_t>(i) * pixels_per_image, pixels_per_image));
    }
    clip.encode_images(worker, pixels, size,
                       {vectors.row(first), size, vectors.cols(), vectors.cols()});
  });
  return vectors;
}

Matrix Encoder::texts(std::span<const std::string> texts) const {
  const Clip& clip = impl_->clip;
  Matrix vectors(static_cast<int64_t>(texts.size()), dimension());
  impl_->in_batches(vectors.rows(), [&](Clip::Worker& worker, int64_t first, int64_t size) {
    std::vector<TokenizedText> tokens;
    for (int64_t i = 0; i < size; ++i) {
      tokens.push_back(clip.tokenizer().encode(texts[static_cast<size_t>(first + i)],
                                               clip.config().text.positions));
    }
    clip.encode_texts(worker, tokens, {vectors.row(first), size, vectors.cols(), vectors.cols()});
  });
  return vectors;
}

}  // namespace puente
