// How many pictures a second one core takes from files to a vision encoder's input, stage by stage:
// decode, resize and crop, normalise. Before anything is timed, resize() is compared with
// resize_reference(), which is Pillow's arithmetic as plain loops.
//
//   bench_image_pipeline FOLDER [--limit 64] [--rounds 7] [--edge 224] [--crop 224]
//   bench_image_pipeline FOLDER --serve PIXELS
// The second form is for bench/peers_image.py: PIXELS gets the normalised float32 of every picture;
// then every line on standard input names a stage and is answered with the seconds of one round.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"
#include "image/decode.h"
#include "image/load.h"
#include "image/preprocess.h"
#include "timing.h"

namespace puente::bench {
namespace {

struct Options {
  std::filesystem::path folder;
  std::string serve;
  size_t limit = 64;
  int rounds = 7;
  int edge = 224;
  int crop = 224;
};

PixelRecipe clip_recipe(const Options& options) {
  PixelRecipe recipe;
  recipe.shortest_edge = options.edge;
  recipe.crop_height = recipe.crop_width = options.crop;
  recipe.mean = {0.48145466f, 0.4578275f, 0.40821073f};
  recipe.std = {0.26862954f, 0.26130258f, 0.27577711f};
  return recipe;
}

class Bench {
 public:
  explicit Bench(const Options& options) : recipe_(clip_recipe(options)) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(options.folder)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    if (paths.size() > options.limit) paths.resize(options.limit);
    if (paths.empty()) fail("{}: no files", options.folder.string());
    for (const auto& path : paths) {
      files_.push_back(std::make_unique<MappedFile>(path));
      images_.push_back(decode_image(files_.back()->bytes(), path.string()));
      cropped_.push_back(resize_and_crop(images_.back(), recipe_));
    }
    pixels_.resize(files_.size() * pixels_per_image());
  }

  size_t size() const { return files_.size(); }
  const std::vector<float>& pixels() const { return pixels_; }
  double megapixels() const {
    double sum = 0;
    for (const Image& image : images_) sum += 1e-6 * image.width * image.height;
    return sum / static_cast<double>(size());
  }
  double kilobytes() const {
    double sum = 0;
    for (const auto& file : files_) sum += 1e-3 * static_cast<double>(file->bytes().size());
    return sum / static_cast<double>(size());
  }

  /// The reference takes long: three pictures.
  void verify() const {
    for (size_t i = 0; i < std::min<size_t>(3, size()); ++i) {
      const Extent extent = resized_extent({images_[i].width, images_[i].height}, recipe_);
      const auto width = static_cast<int>(extent.width), height = static_cast<int>(extent.height);
      PixelRecipe no_resize;
      no_resize.crop_height = recipe_.crop_height;
      no_resize.crop_width = recipe_.crop_width;
      const Image whole = resize_reference(images_[i], width, height, recipe_.filter);
      if (resize_and_crop(whole, no_resize) != cropped_[i]) {
        fail("{}: resize() differs from its reference", files_[i]->path().string());
      }
    }
  }

  /// Seconds of one round over all pictures.
  double seconds(const std::string& stage) {
    const double start = now();
    for (size_t i = 0; i < size(); ++i) run(stage, i);
    return now() - start;
  }

 private:
  size_t pixels_per_image() const {
    return size_t{3} * static_cast<size_t>(recipe_.height() * recipe_.width());
  }

  void run(const std::string& stage, size_t i) {
    const std::string name = files_[i]->path().string();
    const std::span<float> out =
        std::span(pixels_).subspan(i * pixels_per_image(), pixels_per_image());
    if (stage == "decode") {
      images_[i] = decode_image(files_[i]->bytes(), name);
    } else if (stage == "resize") {
      cropped_[i] = resize_and_crop(images_[i], recipe_);
    } else if (stage == "normalise") {
      normalise(cropped_[i], recipe_, out);
    } else if (stage == "all") {
      load_pixels(files_[i]->bytes(), name, recipe_, {}, out);
    } else if (stage == "scaled") {
      load_pixels(files_[i]->bytes(), name, recipe_, {.jpeg = Jpeg::scaled}, out);
    } else {
      fail("no stage '{}'", stage);
    }
  }

  PixelRecipe recipe_;
  std::vector<std::unique_ptr<MappedFile>> files_;
  std::vector<Image> images_;
  std::vector<Image> cropped_;
  std::vector<float> pixels_;
};

void measure(const Options& options) {
  Bench bench(options);
  bench.verify();
  const std::string stages[] = {"decode", "resize", "normalise", "all", "scaled"};
  std::map<std::string, std::vector<double>> seconds;
  for (int round = 0; round < options.rounds; ++round) {
    for (const std::string& stage : stages) seconds[stage].push_back(bench.seconds(stage));
  }
  std::printf("%zu pictures of %.2f megapixels and %.0f kB, median of %d rounds, one core\n",
              bench.size(), bench.megapixels(), bench.kilobytes(), options.rounds);
  const double all = median(seconds["all"]);
  for (const std::string& stage : stages) {
    const double one = median(seconds[stage]);
    std::printf("%-10s %9.1f images/s  %8.3f ms each  %5.2f of the whole exact way\n",
                stage.c_str(), static_cast<double>(bench.size()) / one,
                1e3 * one / static_cast<double>(bench.size()), one / all);
  }
}

void serve(const Options& options) {
  Bench bench(options);
  bench.verify();
  bench.seconds("all");
  std::FILE* to = std::fopen(options.serve.c_str(), "wb");
  if (!to) fail("{}: cannot be written", options.serve);
  std::fwrite(bench.pixels().data(), sizeof(float), bench.pixels().size(), to);
  std::fclose(to);
  std::printf("ready %zu\n", bench.size());
  std::fflush(stdout);
  for (std::string stage; std::getline(std::cin, stage);) {
    std::printf("%.6f\n", bench.seconds(stage));
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace puente::bench

int main(int argc, char** argv) {
  puente::bench::Options options;
  CLI::App app("Times pictures from files to pixels.");
  app.add_option("FOLDER", options.folder)->required();
  app.add_option("--limit", options.limit, "Pictures at the most")->capture_default_str();
  app.add_option("--rounds", options.rounds)->capture_default_str();
  app.add_option("--edge", options.edge, "Shortest edge")->capture_default_str();
  app.add_option("--crop", options.crop)->capture_default_str();
  app.add_option("--serve", options.serve, "PIXELS");
  CLI11_PARSE(app, argc, argv);
  try {
    options.serve.empty() ? puente::bench::measure(options) : puente::bench::serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_image_pipeline: %s\n", error.what());
    return 2;
  }
  return 0;
}
