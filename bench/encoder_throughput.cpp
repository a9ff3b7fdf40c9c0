// How many pictures or texts a second an encoder embeds, one worker per core: the encoder alone,
// and for pictures from files on disk to vectors. Beside it what share of the fp32 matrix-product
// peak (oneDNN at 768^3 on all threads, measured before and after in the same run) that is.
//
//   bench_encoder_throughput MODEL_DIR [--precision fp32|int8] [--images DIR] [--tokens 128]
//                            [--threads N] [--rounds 5] [--avx2]
//   bench_encoder_throughput MODEL_DIR [...] --serve INPUT OUT
// The second form is for bench/peers_encoder.py: INPUT holds float32 pixels [N, 3, S, S], or int32
// token ids [N, tokens]; OUT gets the vectors; then every line on standard input is answered with
// the seconds of one more round.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <hwy/targets.h>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/rng.h"
#include "base/threads.h"
#include "encoders/encoder.h"
#include "image/load.h"
#include "onednn_matmul.h"
#include "timing.h"

namespace puente::bench {
namespace {

struct Options {
  std::filesystem::path model, images;
  std::vector<std::string> serve;
  std::string precision = "fp32";
  int threads = available_cores();
  int64_t tokens = 128;
  int rounds = 5;
  bool avx2 = false;
};

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

/// What is encoded: pictures or texts, and how.
class Job {
 public:
  explicit Job(const Options& options)
      : options_(options), workers_(static_cast<size_t>(options.threads)) {
    EncoderParts parts = encoder_parts(options.model);
    if (parts.image) parts.text = false;
    const Precision precision = options.precision == "int8" ? Precision::int8 : Precision::fp32;
    encoder_ = load_encoder(options.model, parts, {.precision = precision});
  }

  const LoadedEncoder& encoder() const { return encoder_; }
  bool of_images() const { return encoder_.image != nullptr; }
  int64_t dimension() const {
    return of_images() ? encoder_.image->dimension() : encoder_.text->dimension();
  }
  int64_t weight_bytes() const {
    return of_images() ? encoder_.image->weight_bytes() : encoder_.text->weight_bytes();
  }
  double flop() const {
    return of_images() ? encoder_.image->flop() : encoder_.text->flop(options_.tokens);
  }
  /// Numbers of one picture, or ids of one text.
  int64_t input_size() const {
    if (!of_images()) return options_.tokens;
    const PixelRecipe& recipe = encoder_.image->pixel_recipe();
    return int64_t{3} * recipe.width() * recipe.height();
  }
  int64_t batch() const {
    return of_images() ? encoder_.image->batch()
                       : std::max<int64_t>(1, encoder_.text->batch_tokens() / options_.tokens);
  }

  void encode(std::span<const float> pixels, MatrixView<float> out) {
    in_batches(out, [&](EncoderWorker& worker, int64_t first, MatrixView<float> rows) {
      encoder_.image->encode(worker,
                             pixels.subspan(static_cast<size_t>(first * input_size()),
                                            static_cast<size_t>(rows.rows * input_size())),
                             rows);
    });
  }
  void encode(std::span<const TokenizedText> texts, MatrixView<float> out) {
    in_batches(out, [&](EncoderWorker& worker, int64_t first, MatrixView<float> rows) {
      encoder_.text->encode(
          worker, texts.subspan(static_cast<size_t>(first), static_cast<size_t>(rows.rows)), rows);
    });
  }
  void encode(std::span<const std::filesystem::path> files, MatrixView<float> out) {
    const int64_t size = input_size();
    in_batches(out, [&](EncoderWorker& worker, int64_t first, MatrixView<float> rows) {
      AlignedVector<float> pixels(static_cast<size_t>(rows.rows * size));
      for (int64_t i = 0; i < rows.rows; ++i) {
        const MappedFile file(files[static_cast<size_t>(first + i)]);
        load_pixels(file.bytes(), file.path().string(), encoder_.image->pixel_recipe(), {},
                    {pixels.data() + i * size, static_cast<size_t>(size)});
      }
      encoder_.image->encode(worker, pixels, rows);
    });
  }

 private:
  template <class Encode>
  void in_batches(MatrixView<float> out, Encode&& encode) {
    const int64_t b = batch();
    parallel_for((out.rows + b - 1) / b, options_.threads, [&](int64_t item, int worker) {
      const int64_t first = item * b;
      encode(
          workers_[static_cast<size_t>(worker)], first,
          MatrixView<float>{out.row(first), std::min(b, out.rows - first), out.cols, out.stride});
    });
  }

  const Options& options_;
  LoadedEncoder encoder_;
  std::vector<EncoderWorker> workers_;
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

std::vector<TokenizedText> texts_of(std::span<const int32_t> ids, int64_t length) {
  std::vector<TokenizedText> texts;
  for (size_t at = 0; at < ids.size(); at += static_cast<size_t>(length)) {
    texts.push_back({{ids.begin() + static_cast<std::ptrdiff_t>(at),
                      ids.begin() + static_cast<std::ptrdiff_t>(at) + length},
                     length,
                     length});
  }
  return texts;
}

void measure(const Options& options) {
  Job job(options);
  const int64_t count = job.batch() * options.threads * 4;
  Rng rng(1);
  AlignedVector<float> pixels;
  std::vector<TokenizedText> texts;
  if (job.of_images()) {
    pixels.resize(static_cast<size_t>(count * job.input_size()));
    for (float& v : pixels) v = static_cast<float>(rng.uniform(-2, 2));
  } else {
    std::vector<int32_t> ids(static_cast<size_t>(count * options.tokens));
    for (int32_t& id : ids) id = static_cast<int32_t>(rng.uniform(0, 100));
    texts = texts_of(ids, options.tokens);
  }
  Matrix out(count, job.dimension());
  const auto round = [&] {
    job.of_images() ? job.encode(std::span<const float>(pixels), out.view())
                    : job.encode(std::span<const TokenizedText>(texts), out.view());
  };
  round();  // warm
  const double before = matmul_peak(options.threads, 3);
  const double seconds = median_seconds(options.rounds, round);
  const double peak = (before + matmul_peak(options.threads, 3)) / 2;
  const double rate = static_cast<double>(count) / seconds;
  std::printf("%s %s, threads %d, batch %lld, weights %.0f MB packed%s\n",
              job.encoder().architecture.c_str(), options.precision.c_str(), options.threads,
              static_cast<long long>(job.batch()), static_cast<double>(job.weight_bytes()) / 1e6,
              job.encoder().untrained ? " (untrained model)" : "");
  std::printf("%s, encoder alone   %8.1f /s   %.0f GFLOP/s, %.0f %% of the fp32 peak of %.0f\n",
              job.of_images() ? "images" : "texts", rate, rate * job.flop() / 1e9,
              100 * rate * job.flop() / peak, peak / 1e9);
  if (!options.images.empty() && job.of_images()) {
    const auto files = pictures_in(options.images, 256);
    Matrix vectors(static_cast<int64_t>(files.size()), job.dimension());
    const double with_files = median_seconds(options.rounds, [&] {
      job.encode(std::span<const std::filesystem::path>(files), vectors.view());
    });
    std::printf("images, from files      %8.1f /s   %zu files\n",
                static_cast<double>(files.size()) / with_files, files.size());
  }
}

void serve(const Options& options) {
  Job job(options);
  const MappedFile file(options.serve[0]);
  AlignedVector<float> pixels;
  std::vector<TokenizedText> texts;
  const size_t count = file.bytes().size() / 4;  // a float or an id
  if (job.of_images()) {
    pixels.resize(count);
    std::memcpy(pixels.data(), file.bytes().data(), count * 4);
  } else {
    std::vector<int32_t> ids(count);
    std::memcpy(ids.data(), file.bytes().data(), count * 4);
    texts = texts_of(ids, options.tokens);
  }
  Matrix out(static_cast<int64_t>(count) / job.input_size(), job.dimension());
  const auto round = [&] {
    job.of_images() ? job.encode(std::span<const float>(pixels), out.view())
                    : job.encode(std::span<const TokenizedText>(texts), out.view());
  };
  round();
  std::FILE* to = std::fopen(options.serve[1].c_str(), "wb");
  if (!to) fail("{}: cannot be written", options.serve[1]);
  std::fwrite(out.data(), sizeof(float), static_cast<size_t>(out.size()), to);
  std::fclose(to);
  std::printf("ready %.0f\n", job.flop());
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
  CLI::App app("Times an encoder.");
  app.add_option("MODEL_DIR", options.model)->required();
  app.add_option("--precision", options.precision)
      ->check(CLI::IsMember({"fp32", "int8"}))
      ->capture_default_str();
  app.add_option("--images", options.images, "Folder of pictures");
  app.add_option("--tokens", options.tokens, "Tokens of a text")->capture_default_str();
  app.add_option("--threads", options.threads)->capture_default_str();
  app.add_option("--rounds", options.rounds)->capture_default_str();
  app.add_flag("--avx2", options.avx2, "As on a CPU without AVX-512");
  app.add_option("--serve", options.serve, "INPUT OUT")->expected(2);
  CLI11_PARSE(app, argc, argv);
  if (options.avx2) {
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);  // read at oneDNN's first use
    hwy::DisableTargets(HWY_AVX3 | HWY_AVX3_DL);
  }
  try {
    options.serve.empty() ? puente::bench::measure(options) : puente::bench::serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_encoder_throughput: %s\n", error.what());
    return 2;
  }
  return 0;
}
