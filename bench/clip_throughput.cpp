// How many pictures and texts a second CLIP embeds, one worker per core: the encoder alone, and
// from files on disk to vectors. Beside it what share of the matrix-product peak (oneDNN at 768^3
// on all threads, same run) that is.
//
//   bench_clip_throughput MODEL_DIR [--images DIR] [--threads N] [--batch 8] [--rounds 5]
//   bench_clip_throughput MODEL_DIR --serve PIXELS OUT
// The second form is for bench/peers_clip.py: PIXELS holds float32 [N, 3, S, S], OUT gets the
// embeddings; then every line on standard input is answered with the seconds of one more round.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/rng.h"
#include "base/threads.h"
#include "encoders/clip.h"
#include "image/decode.h"
#include "onednn_matmul.h"

namespace puente::bench {
namespace {

struct Options {
  std::filesystem::path model, images;
  std::vector<std::string> serve;
  int threads = available_cores();
  int64_t batch = 8;
  int rounds = 5;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Body>
double median_seconds(int rounds, Body&& body) {
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    const double start = now();
    body();
    seconds.push_back(now() - start);
  }
  return median(seconds);
}

/// Floating-point operations of one picture, as they are really done: after the last layer only the
/// class token is computed.
double image_flop(const ClipVisionConfig& v, int64_t projection) {
  const double c = static_cast<double>(v.hidden), mlp = static_cast<double>(v.mlp);
  const double patches =
      static_cast<double>((v.image_size / v.patch_size) * (v.image_size / v.patch_size));
  const double t = patches + 1, patch = static_cast<double>(3 * v.patch_size * v.patch_size);
  const double whole = t * (4 * c * c + 2 * c * mlp) + 2 * t * t * c;
  const double last = t * 2 * c * c + (2 * c * c + 2 * c * mlp) + 2 * t * c;
  return 2 * (patches * patch * c + static_cast<double>(v.layers - 1) * whole + last +
              c * static_cast<double>(projection));
}

/// Products of 768 x 768 matrices on all threads at once, FLOP/s.
double matmul_peak(int threads, int rounds) {
  constexpr int64_t kSize = 768;
  constexpr int kProducts = 20;
  std::vector<double> seconds;
  const double flop = 2.0 * kSize * kSize * kSize * kProducts * threads;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> slowest(static_cast<size_t>(threads));
    parallel_for(threads, threads, [&](int64_t item, int) {
      const std::vector<float> x(kSize * kSize, 0.5f), w(kSize * kSize, 0.25f);
      std::vector<float> y(kSize * kSize);
      OneDnnMatmul matmul(kSize, kSize, kSize, x.data(), w.data(), y.data());
      matmul.run();
      const double start = now();
      for (int i = 0; i < kProducts; ++i) matmul.run();
      slowest[static_cast<size_t>(item)] = now() - start;
    });
    seconds.push_back(*std::max_element(slowest.begin(), slowest.end()));
  }
  return flop / median(seconds);
}

class Bench {
 public:
  Bench(const Clip& clip, const Options& options) : clip_(clip), options_(options) {
    for (int i = 0; i < options.threads; ++i) workers_.push_back(clip.make_worker());
  }

  int64_t picture_size() const {
    return 3 * clip_.config().vision.image_size * clip_.config().vision.image_size;
  }

  void encode(std::span<const float> pixels, MatrixView<float> out) {
    const int64_t size = picture_size(), b = options_.batch;
    parallel_for((out.rows + b - 1) / b, options_.threads, [&](int64_t item, int worker) {
      const int64_t first = item * b, count = std::min(b, out.rows - first);
      clip_.encode_images(
          *workers_[static_cast<size_t>(worker)],
          pixels.subspan(static_cast<size_t>(first * size), static_cast<size_t>(count * size)),
          count, {out.row(first), count, out.cols, out.stride});
    });
  }

  void encode_files(std::span<const std::filesystem::path> files, MatrixView<float> out) {
    const int64_t size = picture_size(), b = options_.batch;
    parallel_for((out.rows + b - 1) / b, options_.threads, [&](int64_t item, int worker) {
      const int64_t first = item * b, count = std::min(b, out.rows - first);
      AlignedVector<float> pixels(static_cast<size_t>(count * size));
      for (int64_t i = 0; i < count; ++i) {
        const MappedFile file(files[static_cast<size_t>(first + i)]);
        preprocess(decode_image(file.bytes(), file.path().string()), clip_.pixel_recipe(),
                   {pixels.data() + i * size, static_cast<size_t>(size)});
      }
      clip_.encode_images(*workers_[static_cast<size_t>(worker)], pixels, count,
                          {out.row(first), count, out.cols, out.stride});
    });
  }

  void encode_texts(std::span<const TokenizedText> texts, MatrixView<float> out) {
    const auto b = static_cast<int64_t>(16);
    parallel_for((out.rows + b - 1) / b, options_.threads, [&](int64_t item, int worker) {
      const int64_t first = item * b, count = std::min(b, out.rows - first);
      clip_.encode_texts(*workers_[static_cast<size_t>(worker)],
                         texts.subspan(static_cast<size_t>(first), static_cast<size_t>(count)),
                         {out.row(first), count, out.cols, out.stride});
    });
  }

 private:
  const Clip& clip_;
  const Options& options_;
  std::vector<std::unique_ptr<Clip::Worker>> workers_;
};

std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder, size_t limit) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.size() > limit) files.resize(limit);
  return files;
}

void measure(const Options& options) {
  const Clip clip(options.model);
  Bench bench(clip, options);
  const ClipConfig& config = clip.config();
  const int64_t count = options.batch * options.threads * 4;
  AlignedVector<float> pixels(static_cast<size_t>(count * bench.picture_size()));
  Rng rng(1);
  for (float& v : pixels) v = static_cast<float>(rng.uniform(-2, 2));
  Matrix out(count, clip.dimension());

  bench.encode(pixels, out.view());  // warm
  const double seconds = median_seconds(options.rounds, [&] { bench.encode(pixels, out.view()); });
  const double peak = matmul_peak(options.threads, options.rounds);
  const double rate = static_cast<double>(count) / seconds;
  const double flops = rate * image_flop(config.vision, config.projection);
  std::printf("threads %d, batch %lld, weights %.0f MB packed%s\n", options.threads,
              static_cast<long long>(options.batch), static_cast<double>(clip.weight_bytes()) / 1e6,
              config.untrained ? " (untrained model)" : "");
  std::printf("images, encoder alone   %8.1f /s   %.0f GFLOP/s, %.0f %% of the peak of %.0f\n",
              rate, flops / 1e9, 100 * flops / peak, peak / 1e9);

  if (!options.images.empty()) {
    const auto files = pictures_in(options.images, 256);
    Matrix vectors(static_cast<int64_t>(files.size()), clip.dimension());
    const double with_files =
        median_seconds(options.rounds, [&] { bench.encode_files(files, vectors.view()); });
    std::printf("images, from files      %8.1f /s   %zu files\n",
                static_cast<double>(files.size()) / with_files, files.size());
  }

  std::vector<TokenizedText> texts;
  int64_t tokens = 0;
  for (int i = 0; i < 64 * options.threads; ++i) {
    texts.push_back(clip.tokenizer().encode(
        "Age: " + std::to_string(i) + ". Sex: female. Site: lower back.", config.text.positions));
    tokens += static_cast<int64_t>(texts.back().ids.size());
  }
  Matrix text_vectors(static_cast<int64_t>(texts.size()), clip.dimension());
  const double text_seconds =
      median_seconds(options.rounds, [&] { bench.encode_texts(texts, text_vectors.view()); });
  std::printf("texts                   %8.1f /s   %.0f tokens/s\n",
              static_cast<double>(texts.size()) / text_seconds,
              static_cast<double>(tokens) / text_seconds);
}

void serve(const Options& options) {
  const Clip clip(options.model, {.vision = true, .text = false});
  Bench bench(clip, options);
  const MappedFile file(options.serve[0]);
  AlignedVector<float> pixels(file.bytes().size() / sizeof(float));
  std::memcpy(pixels.data(), file.bytes().data(), pixels.size() * sizeof(float));
  Matrix out(static_cast<int64_t>(pixels.size()) / bench.picture_size(), clip.dimension());
  const auto round = [&] { bench.encode({pixels.data(), pixels.size()}, out.view()); };
  round();
  std::FILE* to = std::fopen(options.serve[1].c_str(), "wb");
  if (!to) fail("{}: cannot be written", options.serve[1]);
  std::fwrite(out.data(), sizeof(float), static_cast<size_t>(out.size()), to);
  std::fclose(to);
  std::printf("ready\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    const double start = now();
    round();
    std::printf("%.6f\n", now() - start);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace puente::bench

int main(int argc, char** argv) {
  puente::bench::Options options;
  CLI::App app("Times CLIP.");
  app.add_option("MODEL_DIR", options.model)->required();
  app.add_option("--images", options.images, "Folder of pictures");
  app.add_option("--threads", options.threads)->capture_default_str();
  app.add_option("--batch", options.batch, "Pictures per call")->capture_default_str();
  app.add_option("--rounds", options.rounds)->capture_default_str();
  app.add_option("--serve", options.serve, "PIXELS OUT")->expected(2);
  CLI11_PARSE(app, argc, argv);
  try {
    options.serve.empty() ? puente::bench::measure(options) : puente::bench::serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_clip_throughput: %s\n", error.what());
    return 2;
  }
  return 0;
}
