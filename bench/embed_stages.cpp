// What the two stages of embedding pictures need by themselves: load (file to pixels) and encode
// (pixels to vectors). bench/whole_job and bench/first_embedding hold `puente embed` to it.
//
//   bench_embed_stages MODEL_DIR LIST OUT [--precision fp32|int8] [--jpeg exact|scaled]
// LIST names a picture per line. OUT gets the vectors, float32 [pictures, dimension]. Then "ready
// PICTURES DIMENSION WEIGHT_BYTES" is said, and every line "load THREADS" or "encode THREADS" on
// standard input is answered with the core-seconds of one more round over all pictures: the time
// that the threads were at work, without what they waited for each other at the end.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/threads.h"
#include "encoders/encoder.h"
#include "image/load.h"
#include "timing.h"

namespace puente::bench {
namespace {

struct Options {
  std::filesystem::path model, list, out;
  std::string precision = "fp32", jpeg = "exact";
};

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) fail("{}: cannot be read", path.string());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class Stages {
 public:
  explicit Stages(const Options& options)
      : files_(lines_of(options.list)),
        encoder_(load_encoder(
            options.model, {.image = true, .text = false},
            {.precision = options.precision == "int8" ? Precision::int8 : Precision::fp32})),
        load_options_{.jpeg = options.jpeg == "scaled" ? Jpeg::scaled : Jpeg::exact},
        workers_(static_cast<size_t>(available_cores())) {
    const PixelRecipe& recipe = encoder_.image->pixel_recipe();
    pixels_per_image_ = int64_t{3} * recipe.height() * recipe.width();
    pixels_.resize(static_cast<size_t>(count() * pixels_per_image_));
    vectors_ = Matrix(count(), encoder_.image->dimension());
  }

  int64_t count() const { return static_cast<int64_t>(files_.size()); }
  int64_t weight_bytes() const { return encoder_.image->weight_bytes(); }
  const Matrix& vectors() const { return vectors_; }

  /// Core-seconds of one round on so many threads, in batches as `puente embed` makes them.
  double run(const std::string& stage, int threads) {
    if (stage != "load" && stage != "encode") fail("no stage '{}'", stage);
    if (threads < 1 || static_cast<size_t>(threads) > workers_.size()) {
      fail("{} threads: this process may use 1 to {}", threads, workers_.size());
    }
    std::vector<double> busy(static_cast<size_t>(threads));
    const int64_t batch = encoder_.image->batch();
    parallel_for((count() + batch - 1) / batch, threads, [&](int64_t item, int worker) {
      const double start = now();
      const int64_t first = item * batch, size = std::min(batch, count() - first);
      if (stage == "load") {
        for (int64_t i = first; i < first + size; ++i) load(i);
      } else {
        encoder_.image->encode(
            workers_[static_cast<size_t>(worker)], pixels_of(first, size),
            {vectors_.view().row(first), size, vectors_.view().cols, vectors_.view().stride});
      }
      busy[static_cast<size_t>(worker)] += now() - start;
    });
    return std::accumulate(busy.begin(), busy.end(), 0.0);
  }

 private:
  std::span<float> pixels_of(int64_t first, int64_t size) {
    return std::span<float>(pixels_).subspan(static_cast<size_t>(first * pixels_per_image_),
                                             static_cast<size_t>(size * pixels_per_image_));
  }

  void load(int64_t i) {
    const MappedFile file(files_[static_cast<size_t>(i)]);
    load_pixels(file.bytes(), file.path().string(), encoder_.image->pixel_recipe(), load_options_,
                pixels_of(i, 1));
  }

  std::vector<std::string> files_;
  LoadedEncoder encoder_;
  LoadOptions load_options_;
  int64_t pixels_per_image_ = 0;
  AlignedVector<float> pixels_;  // [pictures, 3, height, width]
  Matrix vectors_;               // [pictures, dimension]
  std::vector<EncoderWorker> workers_;
};

void serve(const Options& options) {
  Stages stages(options);
  stages.run("load", available_cores());
  stages.run("encode", available_cores());
  const Matrix& vectors = stages.vectors();
  std::FILE* to = std::fopen(options.out.c_str(), "wb");
  if (!to) fail("{}: cannot be written", options.out.string());
  std::fwrite(vectors.data(), sizeof(float), static_cast<size_t>(vectors.size()), to);
  std::fclose(to);
  std::printf("ready %lld %lld %lld\n", static_cast<long long>(stages.count()),
              static_cast<long long>(vectors.cols()),
              static_cast<long long>(stages.weight_bytes()));
  std::fflush(stdout);
  std::string stage;
  for (int threads = 0; std::cin >> stage >> threads;) {
    std::printf("%.6f\n", stages.run(stage, threads));
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace puente::bench

int main(int argc, char** argv) {
  puente::bench::Options options;
  CLI::App app("Times the stages of embedding pictures.");
  app.add_option("MODEL_DIR", options.model)->required();
  app.add_option("LIST", options.list, "File with the name of a picture per line")->required();
  app.add_option("OUT", options.out, "File for the vectors")->required();
  app.add_option("--precision", options.precision)
      ->check(CLI::IsMember({"fp32", "int8"}))
      ->capture_default_str();
  app.add_option("--jpeg", options.jpeg)
      ->check(CLI::IsMember({"exact", "scaled"}))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    puente::bench::serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_embed_stages: %s\n", error.what());
    return 2;
  }
  return 0;
}
