#include "image/resize.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/pictures.h"
#include "image/targets.h"

namespace puente {
namespace {

using namespace test;

Filter filter_named(const std::string& name) {
  if (name == "nearest") return Filter::nearest;
  if (name == "bilinear") return Filter::bilinear;
  if (name == "bicubic") return Filter::bicubic;
  EXPECT_EQ(name, "lanczos");
  return Filter::lanczos;
}

constexpr Filter kFilters[] = {Filter::nearest, Filter::bilinear, Filter::bicubic, Filter::lanczos};

TEST(Resize, equals_pillow_to_the_last_bit) {
  const std::string file = golden_file("resize.png");
  const Image source = decode_image(as_bytes(file), "resize.png");
  std::istringstream cases(golden_file("resized.txt"));
  std::string name;
  int width = 0;
  int height = 0;
  int count = 0;
  while (cases >> name >> width >> height) {
    const std::string text =
        name + "_" + std::to_string(width) + "x" + std::to_string(height) + ".rgb";
    SCOPED_TRACE(text);
    const Image expected = golden_pixels(text, width, height);
    EXPECT_EQ(resize(source, width, height, filter_named(name)), expected);
    EXPECT_EQ(resize_reference(source, width, height, filter_named(name)), expected);
    ++count;
  }
  EXPECT_EQ(count, 28);
}

TEST(Resize, takes_a_box_as_pillow_does) {
  const std::string file = golden_file("resize.png");
  const Image source = decode_image(as_bytes(file), "resize.png");
  std::istringstream cases(golden_file("boxed.txt"));
  std::string filter;
  std::string name;
  Box box;
  int width = 0;
  int height = 0;
  int count = 0;
  while (cases >> filter >> name >> box.left >> box.top >> box.right >> box.bottom >> width >>
         height) {
    const std::string text = fmt::format("{}_{}_{}x{}.rgb", filter, name, width, height);
    SCOPED_TRACE(text);
    const Image expected = golden_pixels(text, width, height);
    const Region all{0, 0, width, height};
    EXPECT_EQ(resize(source, box, {width, height}, filter_named(filter), all), expected);
    EXPECT_EQ(resize_reference(source, box, width, height, filter_named(filter)), expected);
    ++count;
  }
  EXPECT_EQ(count, 27);
}

TEST(Resize, equals_its_reference_with_every_instruction_set) {
  const struct {
    int width, height, to_width, to_height;
  } cases[] = {{1, 1, 1, 1},      {1, 1, 7, 5},     {2, 3, 1, 1},       {17, 31, 16, 16},
               {300, 7, 33, 33},  {5, 400, 64, 3},  {257, 129, 97, 65}, {33, 33, 100, 101},
               {1000, 3, 2, 9},   {64, 64, 64, 32}, {64, 64, 32, 64},   {90, 61, 90, 61},
               {47, 613, 224, 40}};
  for_each_target([&] {
    uint64_t seed = 1;
    for (const auto& c : cases) {
      const Image image = noise(c.width, c.height, seed++);
      for (Filter filter : kFilters) {
        EXPECT_EQ(resize(image, c.to_width, c.to_height, filter),
                  resize_reference(image, c.to_width, c.to_height, filter))
            << c.width << "x" << c.height << " to " << c.to_width << "x" << c.to_height
            << " filter " << static_cast<int>(filter);
      }
    }
  });
}

// Black and white stripes push the sums below 0 and above 255.
TEST(Resize, clamps_overshoot) {
  Image image{40, 40, std::vector<uint8_t>(3 * 40 * 40)};
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) {
      for (int c = 0; c < 3; ++c) image.rgb[3 * (40 * y + x) + c] = (x / 4 + y / 4) % 2 ? 255 : 0;
    }
  }
  for_each_target([&] {
    for (Filter filter : {Filter::bicubic, Filter::lanczos}) {
      const Image large = resize(image, 130, 130, filter);
      EXPECT_EQ(large, resize_reference(image, 130, 130, filter));
      EXPECT_GT(std::count(large.rgb.begin(), large.rgb.end(), 255), 1000);
    }
  });
}

TEST(Resize, computes_a_region_as_part_of_the_whole) {
  const Image image = noise(123, 77, 5);
  const Extent extent{61, 40};
  const Region region{13, 5, 20, 22};
  for (Filter filter : kFilters) {
    const Image whole = resize(image, 61, 40, filter);
    const Image part = resize(image, extent, filter, region);
    ASSERT_EQ(part.width, region.width);
    ASSERT_EQ(part.height, region.height);
    for (int y = 0; y < region.height; ++y) {
      for (int x = 0; x < 3 * region.width; ++x) {
        ASSERT_EQ(part.rgb[y * 3 * region.width + x],
                  whole.rgb[(region.top + y) * 3 * 61 + 3 * region.left + x]);
      }
    }
  }
}

// The strips of columns that keep memory small must fit together; 64 MB / (3 * 2'000'000 rows) is
// ten columns at a time.
TEST(Resize, joins_strips_of_columns) {
  Image tall = noise(3, 2'000'000, 9);
  const Image small = resize(tall, 25, 2, Filter::bilinear);
  EXPECT_EQ(small, resize_reference(tall, 25, 2, Filter::bilinear));
}

// The resized picture would have 224 x 40 billion pixels; only the middle of it is computed.
TEST(Resize, does_not_compute_what_is_not_asked_for) {
  const Image line = noise(1, 1'000'000, 11);
  const Extent extent{224, 224'000'000};
  const Region middle{0, 111'999'888, 224, 224};
  const Image part = resize(line, extent, Filter::bicubic, middle);
  // Magnified 224 times, the middle of the crop is where input pixels 499,999 and 500,000 meet.
  for (int c = 0; c < 3; ++c) {
    const int before = line.rgb[3 * 499'999 + c];
    EXPECT_NEAR(part.rgb[3 * 224 * 0 + c], before, 1) << c;  // the centre of pixel 499,999
  }
}

}  // namespace
}  // namespace puente
