#include "image/preprocess.h"

#include <cstring>
#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/pictures.h"
#include "image/targets.h"

namespace puente {
namespace {

using namespace test;

TEST(Preprocess, equals_transformers) {
  std::istringstream cases(golden_file("processed.txt"));
  std::string config;
  std::string name;
  int height = 0;
  int width = 0;
  int count = 0;
  while (cases >> config >> name >> height >> width) {
    SCOPED_TRACE(config + " " + name);
    const PixelRecipe recipe = read_pixel_recipe(golden("images") / config);
    ASSERT_EQ(recipe.height(), height);
    ASSERT_EQ(recipe.width(), width);
    const std::string file = golden_file(name);
    const Image image = decode_image(as_bytes(file), name, Exif::ignore);
    std::vector<float> pixels(size_t{3} * height * width);
    preprocess(image, recipe, pixels);

    const std::string stem = name.substr(0, name.find('.'));
    const std::string bytes = golden_file(config + "_" + stem + ".f32");
    ASSERT_EQ(bytes.size(), pixels.size() * sizeof(float));
    std::vector<float> expected(pixels.size());
    std::memcpy(expected.data(), bytes.data(), bytes.size());
    for (size_t i = 0; i < pixels.size(); ++i) ASSERT_EQ(pixels[i], expected[i]) << i;
    ++count;
  }
  EXPECT_GE(count, 35);
}

TEST(Preprocess, is_the_same_float_with_every_instruction_set) {
  PixelRecipe recipe;
  recipe.mean = {0.48145466f, 0.5f, 0.406f};
  recipe.std = {0.26862954f, 0.5f, 0.225f};
  for (const auto& [width, height] : {std::pair(1, 1), {15, 1}, {16, 16}, {37, 23}}) {
    recipe.resize_width = width;
    recipe.resize_height = height;
    const Image image = noise(width, height, 4);
    const size_t plane = static_cast<size_t>(width) * height;
    for (double scale : {1.0 / 255.0, 0.00392156862745098, 1.0, 1.0 / 127.5}) {
      recipe.scale = scale;
      for_each_target([&] {
        std::vector<float> pixels(3 * plane);
        normalise(image, recipe, pixels);
        for (size_t i = 0; i < pixels.size(); ++i) {
          const size_t c = i / plane;
          const auto scaled = static_cast<float>(image.rgb[3 * (i % plane) + c] * scale);
          ASSERT_EQ(pixels[i], (scaled - recipe.mean[c]) / recipe.std[c]);
        }
      });
    }
  }
}

TEST(Preprocess, keeps_the_aspect_ratio_and_truncates_the_long_edge) {
  PixelRecipe recipe;
  recipe.shortest_edge = 224;
  const Image wide = resize_and_crop(noise(301, 200, 1), recipe);
  EXPECT_EQ(wide.height, 224);
  EXPECT_EQ(wide.width, 337);  // 337.12
  const Image tall = resize_and_crop(noise(199, 301, 1), recipe);
  EXPECT_EQ(tall.width, 224);
  EXPECT_EQ(tall.height, 338);  // 338.81
}

TEST(Preprocess, crops_from_the_rounded_down_middle) {
  PixelRecipe recipe;
  recipe.crop_height = 4;
  recipe.crop_width = 3;
  const Image image = noise(10, 9, 2);
  const Image crop = resize_and_crop(image, recipe);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 9; ++x) {
      EXPECT_EQ(crop.rgb[9 * y + x], image.rgb[30 * (y + 2) + 3 * 3 + x]);
    }
  }
}

TEST(Preprocess, fills_a_crop_larger_than_the_picture_with_black) {
  PixelRecipe recipe;
  recipe.crop_height = 5;
  recipe.crop_width = 2;
  recipe.scale = 1;
  const Image image{3, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19}};
  const Image crop = resize_and_crop(image, recipe);
  const std::vector<uint8_t> expected = {0, 0, 0, 0,  0,  0,  0,  0,  0,  0, 0, 0, 1, 2, 3,
                                         4, 5, 6, 11, 12, 13, 14, 15, 16, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(crop.rgb, expected);
  std::vector<float> pixels(30);
  preprocess(image, recipe, pixels);
  EXPECT_EQ(pixels[4], 1);   // red plane, row 2
  EXPECT_EQ(pixels[14], 2);  // green
}

TEST(Preprocess, takes_one_pixel_and_extreme_shapes) {
  PixelRecipe recipe;
  recipe.shortest_edge = 224;
  recipe.crop_height = recipe.crop_width = 224;
  std::vector<float> pixels(3 * 224 * 224);
  preprocess(Image{1, 1, {255, 128, 0}}, recipe, pixels);
  for (size_t i = 0; i < 224 * 224; ++i) {
    ASSERT_EQ(pixels[i], 1.0f);
    ASSERT_EQ(pixels[2 * 224 * 224 + i], 0.0f);
  }
  for (const auto& [width, height] : {std::pair(1, 50'000), std::pair(50'000, 1)}) {
    const Image image = resize_and_crop(noise(width, height, 3), recipe);
    EXPECT_EQ(image.width, 224);
    EXPECT_EQ(image.height, 224);
  }
}

}  // namespace
}  // namespace puente
