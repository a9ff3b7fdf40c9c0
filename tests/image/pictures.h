// The golden pictures, and pictures made on the spot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "base/rng.h"
#include "image/image.h"
#include "image/pixel_recipe.h"
#include "support/files.h"

namespace puente::test {

inline std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

inline std::string golden_file(const std::string& name) {
  const auto path = golden("images") / name;
  EXPECT_TRUE(std::filesystem::exists(path)) << path << ": run tools/golden_images.py";
  return read_text(path);
}

/// Golden pixels of a known size; an empty image, and a failure, if there are not as many.
inline Image golden_pixels(const std::string& name, int width, int height) {
  const std::string pixels = golden_file(name);
  EXPECT_EQ(pixels.size(), size_t{3} * width * height) << name;
  return {width, height, std::vector<uint8_t>(pixels.begin(), pixels.end())};
}

/// One line of tests/golden/images/files.txt.
struct GoldenPicture {
  std::string name;
  int width = 0;
  int height = 0;
  int turned_width = 0;
  int turned_height = 0;
};

inline std::vector<GoldenPicture> golden_pictures() {
  std::istringstream lines(golden_file("files.txt"));
  std::vector<GoldenPicture> pictures;
  GoldenPicture p;
  while (lines >> p.name >> p.width >> p.height >> p.turned_width >> p.turned_height) {
    pictures.push_back(p);
  }
  EXPECT_GT(pictures.size(), 60u);
  return pictures;
}

/// CLIP's way: the shorter edge to `edge`, then the centre.
inline PixelRecipe crop_recipe(int edge, int crop) {
  PixelRecipe recipe;
  recipe.shortest_edge = edge;
  recipe.crop_height = recipe.crop_width = crop;
  return recipe;
}

/// Noise: the hardest picture for a resize, because every rounding shows.
inline Image noise(int width, int height, uint64_t seed) {
  Image image{width, height, std::vector<uint8_t>(size_t{3} * width * height)};
  Rng rng(seed);
  for (uint8_t& v : image.rgb) v = static_cast<uint8_t>(rng.next() >> 56);
  return image;
}

/// Counts the samples that differ, and by how much at the most.
struct Difference {
  int64_t samples = 0;
  int largest = 0;
};

inline Difference difference(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  EXPECT_EQ(a.size(), b.size());
  Difference result;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const int d = std::abs(int{a[i]} - int{b[i]});
    result.samples += d != 0;
    result.largest = std::max(result.largest, d);
  }
  return result;
}

}  // namespace puente::test
