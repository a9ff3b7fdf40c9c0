#include "certify/encoded.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <vector>

#include "base/interrupt.h"
#include "base/resources.h"
#include "base/threads.h"

namespace puente {
namespace {

// So many batches for each thread have their pixels in memory at a time.
constexpr int64_t kBatchesAhead = 8;

}  // namespace

Encoded encode_images(const ImageEncoder& encoder, const Sample& sample, Precision precision,
                      int threads, Progress& progress) {
  const PixelRecipe& recipe = encoder.pixel_recipe();
  const auto size = static_cast<int64_t>(3) * recipe.height() * recipe.width();
  const auto count = static_cast<int64_t>(sample.images.size());
  const int64_t at_once = encoder.batch(), block = at_once * threads * kBatchesAhead;
  Encoded encoded{.vectors = Matrix(count, encoder.dimension()),
                  .weight_bytes = encoder.weight_bytes()};
  std::vector<EncoderWorker> workers(static_cast<size_t>(threads));
  std::vector<float> pixels;
  double seconds = 0;
  progress.begin(fmt::format("encoding images, {}", name_of(precision)), "images", count);
  for (int64_t start = 0; start < count; start += block) {
    const int64_t there = std::min(block, count - start);
    load_sample_pixels(sample, recipe, start, there, threads, pixels);
    const auto encode_batch = [&](int64_t item, int worker) {
      check_interrupt();
      const int64_t first = item * at_once, batch = std::min(at_once, there - first);
      encoder.encode(workers[static_cast<size_t>(worker)],
                     std::span(pixels).subspan(static_cast<size_t>(first * size),
                                               static_cast<size_t>(batch * size)),
                     {encoded.vectors.row(start + first), batch, encoded.vectors.cols(),
                      encoded.vectors.cols()});
      return batch;
    };
    const int64_t batches = (there + at_once - 1) / at_once;
    if (start == 0) {  // warm: buffers have grown, weights have been touched
      parallel_for(std::min<int64_t>(batches, threads), threads,
                   [&](int64_t item, int worker) { encode_batch(item, worker); });
    }
    const Stopwatch watch;
    parallel_for(batches, threads,
                 [&](int64_t item, int worker) { progress.advance(encode_batch(item, worker)); });
    seconds += watch.seconds();
  }
  progress.end();
  encoded.per_second = static_cast<double>(count) / seconds;
  return encoded;
}

Encoded encode_texts(const TextEncoder& encoder, const Sample& sample, int threads,
                     Progress& progress) {
  std::vector<TokenizedText> tokens;
  for (const std::string& text : sample.texts.texts) {
    tokens.push_back(encoder.tokenize(text, sample.truncate));
  }
  const auto count = static_cast<int64_t>(tokens.size());
  Encoded encoded{.vectors = Matrix(count, encoder.dimension()),
                  .weight_bytes = encoder.weight_bytes()};
  const auto encode = [&](std::span<const TokenizedText> some, Progress& shown) {
    encoder.encode_all(
        some, {.threads = threads},
        [&](int64_t first, MatrixView<const float> vectors) {
          std::copy_n(vectors.data, vectors.rows * vectors.cols, encoded.vectors.row(first));
        },
        shown);
  };
  Silent silent;  // warm: weights have been touched
  encode(std::span(tokens).first(std::min(tokens.size(), static_cast<size_t>(threads))), silent);
  const Stopwatch watch;
  encode(tokens, progress);
  encoded.per_second = static_cast<double>(count) / watch.seconds();
  return encoded;
}

}  // namespace puente
