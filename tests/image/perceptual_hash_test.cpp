#include "image/perceptual_hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>

#include "formats/json.h"
#include "image/pictures.h"
#include "image/resize.h"

namespace puente {
namespace {

using namespace test;

std::string hex(const PerceptualHash& hash) {
  std::string text = fmt::format("{:016x} ", hash.coarse);
  for (const uint64_t word : hash.fine) text += fmt::format("{:016x}", word);
  return text;
}

int differing(const PerceptualHash& a, const PerceptualHash& b) {
  int bits = std::popcount(a.coarse ^ b.coarse);
  for (size_t i = 0; i < a.fine.size(); ++i) bits += std::popcount(a.fine[i] ^ b.fine[i]);
  return bits;
}

/// Waves of random lengths, as a photograph has many.
Image waves(int width, int height, uint64_t seed) {
  Rng rng(seed);
  Image image{width, height, std::vector<uint8_t>(size_t{3} * width * height)};
  std::vector<double> plane(size_t(width) * height, 128.0);
  for (int wave = 0; wave < 40; ++wave) {
    const double a = rng.normal() * 20 / width, b = rng.normal() * 20 / height;
    const double phase = rng.uniform(0, 6.3), height_of = rng.uniform(2, 14);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        plane[size_t(y) * width + x] += height_of * std::sin(a * x + b * y + phase);
      }
    }
  }
  for (size_t i = 0; i < plane.size(); ++i) {
    for (size_t c = 0; c < 3; ++c) {
      image.rgb[3 * i + c] =
          static_cast<uint8_t>(std::clamp(plane[i] + 10 * static_cast<double>(c), 0.0, 255.0));
    }
  }
  return image;
}

TEST(PerceptualHash, IsThatOfImageHash) {
  const Json expected = read_json(golden("phash.json"))["pictures"];
  size_t compared = 0;
  for (const GoldenPicture& picture : golden_pictures()) {
    if (!expected.contains(picture.name)) continue;
    SCOPED_TRACE(picture.name);
    const Image image = golden_pixels(picture.name + ".rgb", picture.width, picture.height);
    const Json& one = expected[picture.name];
    EXPECT_EQ(hex(perceptual_hash(image)),
              one[0].get<std::string>() + " " + one[1].get<std::string>());
    ++compared;
  }
  EXPECT_EQ(compared, expected.size());
  EXPECT_GT(compared, 40u);
}

TEST(PerceptualHash, StaysWhenAPictureIsResizedOrMadeBrighter) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Image image = waves(224, 224, seed);
    const PerceptualHash hash = perceptual_hash(image);
    EXPECT_LE(differing(hash, perceptual_hash(resize(image, 112, 112, Filter::bicubic))), 30);
    Image brighter = image;
    for (uint8_t& v : brighter.rgb) v = static_cast<uint8_t>(std::min(255, v * 11 / 10));
    EXPECT_LE(differing(hash, perceptual_hash(brighter)), 60);
    // Half of the bits are of waves that a mirror turns round.
    Image mirrored = image;
    for (size_t y = 0; y < 224; ++y) {
      for (size_t x = 0; x < 224; ++x) {
        std::copy_n(&image.rgb[3 * (y * 224 + x)], 3, &mirrored.rgb[3 * (y * 224 + 223 - x)]);
      }
    }
    EXPECT_GT(differing(hash, perceptual_hash(mirrored)), 200);
    EXPECT_GT(differing(hash, perceptual_hash(waves(224, 224, seed + 100))), 200);
  }
}

TEST(PerceptualHash, PlainPicturesAreAlike) {
  Image gray{7, 5, std::vector<uint8_t>(3 * 7 * 5, 100)};
  const PerceptualHash hash = perceptual_hash(gray);
  EXPECT_EQ(hash.coarse, uint64_t{1} << 63);
  EXPECT_EQ(hash.fine, (std::array<uint64_t, 9>{uint64_t{1} << 63}));
  std::fill(gray.rgb.begin(), gray.rgb.end(), uint8_t{31});
  EXPECT_EQ(perceptual_hash(gray), hash);
  std::fill(gray.rgb.begin(), gray.rgb.end(), uint8_t{0});
  EXPECT_EQ(perceptual_hash(gray), PerceptualHash());
}

}  // namespace
}  // namespace puente
