// Decoding for a recipe: the exact way is decode_image and preprocess; the scaled way is close to
// it.
#include "image/load.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "image/decode.h"
#include "image/pictures.h"
#include "image/preprocess.h"

namespace puente {
namespace {

using namespace test;

PixelRecipe squash_recipe(int width, int height) {
  PixelRecipe recipe;
  recipe.resize_width = width;
  recipe.resize_height = height;
  recipe.filter = Filter::bilinear;
  return recipe;
}

/// A JPEG with EXIF's orientation put in behind its first marker.
std::string oriented(const std::string& jpeg, uint8_t orientation) {
  const uint8_t block[] = {
      0xFF, 0xE1,        0,    34,   'E', 'x', 'i', 'f', 0, 0,  // marker, length
      'M',  'M',         0,    '*',  0,   0,   0,   8,          // TIFF header
      0,    1,           0x01, 0x12, 0,   3,   0,   0,   0, 1,
      0,    orientation, 0,    0,    0,   0,   0,   0};  // one entry; no further directory
  return jpeg.substr(0, 2) + std::string(std::begin(block), std::end(block)) + jpeg.substr(2);
}

TEST(Load, is_decoding_and_preprocessing) {
  const PixelRecipe recipe = read_pixel_recipe(golden("images/clip"));
  for (const char* name : {"baseline.jpg", "exif6.jpg", "rgba.png", "lossy.webp", "rgb_lzw.tif"}) {
    SCOPED_TRACE(name);
    const std::string file = golden_file(name);
    std::vector<float> expected(3 * 12 * 12);
    preprocess(decode_image(as_bytes(file), name), recipe, expected);
    std::vector<float> pixels(expected.size());
    load_pixels(as_bytes(file), name, recipe, {}, pixels);
    EXPECT_EQ(pixels, expected);
    // The pictures are not four times the size of the recipe: nothing may change.
    std::fill(pixels.begin(), pixels.end(), 0.0f);
    load_pixels(as_bytes(file), name, recipe, {.jpeg = Jpeg::scaled}, pixels);
    EXPECT_EQ(pixels, expected);
  }
}

// Only the columns and rows that the crop needs are decoded and kept; noise shows every mistake.
TEST(Load, decodes_only_what_the_crop_needs_exactly) {
  for (const char* kind : {"444", "422", "420", "progressive", "l", "cmyk"}) {
    const std::string name = fmt::format("wide_{}.jpg", kind);
    for (int orientation : {1, 3, 6}) {
      const std::string file = oriented(golden_file(name), static_cast<uint8_t>(orientation));
      const Image image = decode_image(as_bytes(file), name);
      for (int edge : {6, 13, 20, 21, 22, 40}) {
        for (int crop : {1, 5, 20, 33, 90}) {
          SCOPED_TRACE(fmt::format("{} turned {}: {} {}", name, orientation, edge, crop));
          PixelRecipe recipe = crop_recipe(edge, crop);
          EXPECT_EQ(load_cropped(as_bytes(file), name, recipe, {}), resize_and_crop(image, recipe));
          recipe.shortest_edge.reset();
          EXPECT_EQ(load_cropped(as_bytes(file), name, recipe, {}), resize_and_crop(image, recipe));
          recipe.filter = Filter::nearest;
          EXPECT_EQ(load_cropped(as_bytes(file), name, recipe, {}), resize_and_crop(image, recipe));
        }
      }
    }
  }
}

/// The picture, or nothing and the message.
std::pair<Image, std::string> loaded(const std::string& file, const PixelRecipe& recipe,
                                     LoadOptions options) {
  // An exact copy on the heap, so that the sanitizer sees a read beyond its end.
  const std::vector<std::byte> bytes(as_bytes(file).begin(), as_bytes(file).end());
  try {
    return {load_cropped(bytes, "a.jpg", recipe, options), ""};
  } catch (const UserError& error) {
    return {{}, error.what()};
  }
}

// The decoder steps over wrong bits, and what it makes of them must not depend on the crop.
TEST(Load, treats_damage_as_decoding_does) {
  Rng rng(11);
  int refused = 0;
  for (const char* name : {"wide_420.jpg", "wide_progressive.jpg", "wide_cmyk.jpg", "large.jpg"}) {
    const std::string whole = golden_file(name);
    for (int round = 0; round < 300; ++round) {
      std::string file = whole;
      for (uint64_t i = 0; i <= rng.below(3); ++i) {
        file[rng.below(file.size())] = static_cast<char>(rng.below(256));
      }
      if (round % 5 == 0) file.resize(rng.below(file.size()));
      const PixelRecipe recipe = crop_recipe(10, 10);
      std::pair<Image, std::string> expected;
      try {
        expected.first = resize_and_crop(decode_image(as_bytes(file), "a.jpg"), recipe);
      } catch (const UserError& error) {
        expected.second = error.what();
      }
      EXPECT_EQ(loaded(file, recipe, {}), expected) << name << " round " << round;
      const auto scaled = loaded(file, crop_recipe(3, 3), {.jpeg = Jpeg::scaled});
      EXPECT_EQ(scaled.second, expected.second) << name << " round " << round;
      refused += !expected.second.empty();
    }
  }
  EXPECT_GT(refused, 200);
  EXPECT_LT(refused, 1000);
}

TEST(Load, is_exact_on_real_pictures) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "image_decode/orig");
  const PixelRecipe recipes[] = {crop_recipe(224, 224), crop_recipe(256, 224), crop_recipe(40, 9),
                                 squash_recipe(224, 224)};
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path());
    const MappedFile file(entry.path());
    const Image image = decode_image(file.bytes(), "picture");
    for (const PixelRecipe& recipe : recipes) {
      EXPECT_EQ(load_cropped(file.bytes(), "picture", recipe, {}), resize_and_crop(image, recipe));
    }
  }
}

TEST(Load, divides_by_what_leaves_twice_the_target) {
  const PixelRecipe recipe = crop_recipe(224, 224);
  EXPECT_EQ(jpeg_divisor({100, 100}, recipe), 1);  // enlarged
  EXPECT_EQ(jpeg_divisor({600, 450}, recipe), 1);
  EXPECT_EQ(jpeg_divisor({895, 895}, recipe), 1);
  EXPECT_EQ(jpeg_divisor({896, 896}, recipe), 2);
  EXPECT_EQ(jpeg_divisor({2400, 2000}, recipe), 4);
  EXPECT_EQ(jpeg_divisor({3583, 6000}, recipe), 4);
  EXPECT_EQ(jpeg_divisor({3584, 6000}, recipe), 8);
  EXPECT_EQ(jpeg_divisor({60000, 60000}, recipe), 8);
  EXPECT_EQ(jpeg_divisor({8000, 60}, recipe), 1);
  // A crop does not make a picture smaller, a resize does.
  EXPECT_EQ(jpeg_divisor({2400, 2000}, crop_recipe(600, 224)), 1);
  PixelRecipe cropped;
  cropped.crop_height = cropped.crop_width = 10;
  EXPECT_EQ(jpeg_divisor({2400, 2000}, cropped), 1);
  EXPECT_EQ(jpeg_divisor({2400, 900}, squash_recipe(224, 224)), 2);
  EXPECT_EQ(jpeg_divisor({2400, 900}, squash_recipe(224, 300)), 1);
  PixelRecipe nearest = recipe;
  nearest.filter = Filter::nearest;
  EXPECT_EQ(jpeg_divisor({2400, 2000}, nearest), 1);
}

// 203 x 117 pixels: neither is a multiple of 2, 4 or 8, so that a square reaches over the edge; and
// the turn puts that edge on each of the four sides. Slow waves are nearly the same under both ways
// (2 to 4 levels apart, 8 in the squares at the edge), but not if the squares at the edge are taken
// for whole ones (10 to 25 levels).
TEST(Load, keeps_every_pixel_in_its_place) {
  const std::string large = golden_file("large.jpg");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string file = oriented(large, orientation);
    const Image upright = decode_image(as_bytes(file), "large.jpg");
    EXPECT_EQ(upright.width, orientation >= 5 ? 117 : 203);
    for (const PixelRecipe& recipe :
         {crop_recipe(29, 27), crop_recipe(14, 14), crop_recipe(7, 7), squash_recipe(25, 14)}) {
      SCOPED_TRACE(fmt::format("orientation {}, {}", orientation, describe(recipe)));
      EXPECT_GT(jpeg_divisor({upright.width, upright.height}, recipe), 1);
      const Image exact = load_cropped(as_bytes(file), "large.jpg", recipe, {});
      EXPECT_EQ(exact, resize_and_crop(upright, recipe));
      const Image scaled =
          load_cropped(as_bytes(file), "large.jpg", recipe, {.jpeg = Jpeg::scaled});
      const Difference d = difference(scaled.rgb, exact.rgb);
      EXPECT_GT(d.samples, 0);
      EXPECT_LE(d.largest, 8);
    }
    const Image ignored = load_cropped(as_bytes(file), "large.jpg", crop_recipe(14, 14),
                                       {.exif = Exif::ignore, .jpeg = Jpeg::scaled});
    EXPECT_EQ(ignored, load_cropped(as_bytes(large), "large.jpg", crop_recipe(14, 14),
                                    {.jpeg = Jpeg::scaled}));
  }
}

// Gray, CMYK, progressive ...: 3 x 3 pixels of each, decoded at a half or a quarter.
TEST(Load, scales_every_kind_of_jpeg) {
  int scaled_down = 0;
  for (const GoldenPicture& picture : golden_pictures()) {
    if (!picture.name.ends_with(".jpg")) continue;
    SCOPED_TRACE(picture.name);
    const std::string file = golden_file(picture.name);
    const PixelRecipe recipe = crop_recipe(std::max(1, picture.height / 5), 3);
    scaled_down += jpeg_divisor({picture.width, picture.height}, recipe) > 1;
    const Image exact = load_cropped(as_bytes(file), picture.name, recipe, {});
    const Image scaled = load_cropped(as_bytes(file), picture.name, recipe, {.jpeg = Jpeg::scaled});
    // Hard edges in a picture of a few blocks: the worst case for values.
    EXPECT_LE(difference(scaled.rgb, exact.rgb).largest, 40);
  }
  EXPECT_GE(scaled_down, 15);
}

TEST(Load, says_what_is_wrong_with_a_jpeg_in_either_way) {
  const std::string file = golden_file("large.jpg");
  const std::string cut = file.substr(0, file.size() / 2);
  for (Jpeg jpeg : {Jpeg::exact, Jpeg::scaled}) {
    const auto load = [&](const std::string& bytes) {
      load_cropped(as_bytes(bytes), "scan.jpg", crop_recipe(14, 14), {.jpeg = jpeg});
    };
    expect_user_error([&] { load(cut); }, "scan.jpg: the JPEG ends too early");
    expect_user_error([&] { load("\xFF\xD8\xFF"); }, "scan.jpg: ");
    expect_user_error([&] { load(""); }, "scan.jpg: the file is empty");
  }
}

// The bounds are what was measured on these pictures, rounded up: the mean difference is 0.1 to 0.9
// of 255 levels; the largest is 23, in the white letters on an X-ray, and 3 on photographs.
TEST(Load, is_close_on_real_pictures) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "image_decode/orig");
  int scaled_down = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jpg") continue;
    const MappedFile file(entry.path());
    const std::string name = entry.path().filename().string();
    const Image image = decode_image(file.bytes(), name);
    for (int edge : {28, 56, 112, 224}) {
      const PixelRecipe recipe = crop_recipe(edge, edge);
      const int divisor = jpeg_divisor({image.width, image.height}, recipe);
      if (divisor == 1) continue;
      SCOPED_TRACE(fmt::format("{} at 1/{} to {}", name, divisor, edge));
      const Image exact = resize_and_crop(image, recipe);
      const Image scaled = load_cropped(file.bytes(), name, recipe, {.jpeg = Jpeg::scaled});
      const Difference d = difference(scaled.rgb, exact.rgb);
      double sum = 0;
      for (size_t i = 0; i < exact.rgb.size(); ++i) sum += std::abs(scaled.rgb[i] - exact.rgb[i]);
      const double mean = sum / static_cast<double>(exact.rgb.size());
      EXPECT_LE(mean, 1.0);
      EXPECT_LE(d.largest, 24);
      ++scaled_down;
    }
  }
  EXPECT_GE(scaled_down, 20);
}

}  // namespace
}  // namespace puente
