#include "image/decode.h"

#include <array>
#include <gtest/gtest.h>

#include "image/pictures.h"

namespace puente {
namespace {

using namespace test;

TEST(Decode, gives_the_pixels_of_pillow) {
  for (const GoldenPicture& picture : golden_pictures()) {
    SCOPED_TRACE(picture.name);
    const std::string file = golden_file(picture.name);
    const Image image = decode_image(as_bytes(file), picture.name, Exif::ignore);
    ASSERT_EQ(image.width, picture.width);
    ASSERT_EQ(image.height, picture.height);
    const Image expected = golden_pixels(picture.name + ".rgb", picture.width, picture.height);
    const Difference d = difference(image.rgb, expected.rgb);
    EXPECT_EQ(d.samples, 0) << "largest difference " << d.largest;
  }
}

TEST(Decode, rotates_as_pillow_says_only_when_asked) {
  int turned = 0;
  for (const GoldenPicture& picture : golden_pictures()) {
    SCOPED_TRACE(picture.name);
    const std::string file = golden_file(picture.name);
    const Image image = decode_image(as_bytes(file), picture.name);
    EXPECT_EQ(image.width, picture.turned_width);
    EXPECT_EQ(image.height, picture.turned_height);
    turned += picture.turned_width != picture.width;
  }
  EXPECT_GE(turned, 6);  // JPEG 5 to 8, PNG, WebP
}

// Where each corner of the stored picture goes, from the EXIF standard: orientation says which edge
// of the scene the first stored row and column are.
TEST(Decode, puts_every_corner_where_exif_says) {
  struct Case {
    int orientation;
    std::array<int, 4> corners;  // stored corner seen at: top left, top right, bottom left, right
  };
  // Stored corners: 0 top left, 1 top right, 2 bottom left, 3 bottom right.
  const Case cases[] = {{1, {0, 1, 2, 3}}, {2, {1, 0, 3, 2}}, {3, {3, 2, 1, 0}}, {4, {2, 3, 0, 1}},
                        {5, {0, 2, 1, 3}}, {6, {2, 0, 3, 1}}, {7, {3, 1, 2, 0}}, {8, {1, 3, 0, 2}}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.orientation);
    const std::string name = "exif" + std::to_string(c.orientation) + ".jpg";
    const std::string file = golden_file(name);
    const Image stored = decode_image(as_bytes(file), name, Exif::ignore);
    const Image seen = decode_image(as_bytes(file), name, Exif::rotate);
    const auto corner = [](const Image& image, int which) {
      const size_t x = which % 2 ? image.width - 1 : 0;
      const size_t y = which / 2 ? image.height - 1 : 0;
      const uint8_t* p = image.rgb.data() + 3 * (y * image.width + x);
      return std::array<int, 3>{p[0], p[1], p[2]};
    };
    for (int i = 0; i < 4; ++i) EXPECT_EQ(corner(seen, i), corner(stored, c.corners[i])) << i;
  }
}

TEST(Decode, scales_sixteen_bit_gray_instead_of_clipping) {
  const std::string file = golden_file("gray16.png");
  const Image image = decode_image(as_bytes(file), "gray16.png");
  // The first six samples are 0, 128, 129, 257, 65406, 65535.
  const int expected[] = {0, 0, 1, 1, 254, 255};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(image.rgb[3 * i], expected[i]) << i;
}

TEST(Decode, says_what_an_unreadable_file_is) {
  const auto refused = [](const std::string& file, std::string_view part) {
    expect_user_error([&] { decode_image(as_bytes(file), "scan.jpg"); }, part);
    expect_user_error([&] { decode_image(as_bytes(file), "scan.jpg"); }, "scan.jpg: ");
    ASSERT_TRUE(image_problem(as_bytes(file)).has_value());
    EXPECT_NE(image_problem(as_bytes(file))->find(part), std::string::npos);
  };
  refused("", "the file is empty");
  refused("hello, this is text", "not a picture");
  refused("\xFF", "not a picture");
  refused("GIF89a.......", "this is a GIF");
  refused(std::string(128, '\0') + "DICM" + std::string(4, '\0'), "the DICOM ends too early");
  const std::string jpeg = golden_file("baseline.jpg");
  refused(jpeg.substr(0, jpeg.size() / 2), "cut short");
  const std::string png = golden_file("rgb.png");
  refused(png.substr(0, png.size() / 2), "cut short");
  const std::string webp = golden_file("lossy.webp");
  refused(webp.substr(0, webp.size() / 2), "cut short");
  const std::string tiff = golden_file("rgb_lzw.tif");
  refused(tiff.substr(0, tiff.size() / 2), "cut short");
}

TEST(Decode, notices_a_wrong_bit_in_a_png) {
  std::string png = golden_file("rgb.png");
  png[png.find("IDAT") + 20] ^= 0x10;
  expect_user_error([&] { decode_image(as_bytes(png), "a.png"); }, "damaged");
  EXPECT_TRUE(image_problem(as_bytes(png)).has_value());
}

/// Writes a 16-bit or 32-bit number into a file, big-endian.
void put_big(std::string& file, size_t at, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) file[at + i] = static_cast<char>(value >> 8 * (bytes - 1 - i));
}

TEST(Decode, refuses_enormous_pictures_by_their_header) {
  std::string jpeg = golden_file("baseline.jpg");
  const size_t frame = jpeg.find("\xFF\xC0");
  put_big(jpeg, frame + 5, 20000, 2);
  put_big(jpeg, frame + 7, 20000, 2);
  std::string png = golden_file("rgb.png");
  put_big(png, 16, 20000, 4);
  put_big(png, 20, 20000, 4);
  for (const std::string& file : {jpeg, png}) {
    expect_user_error([&] { decode_image(as_bytes(file), "big"); },
                      "big: picture is 20000 x 20000 pixels; larger than 178 million");
    EXPECT_TRUE(image_problem(as_bytes(file)).has_value());
  }
  // Just below the limit, but with far too few bytes for so many pixels.
  put_big(jpeg, frame + 5, 13000, 2);
  put_big(jpeg, frame + 7, 13000, 2);
  expect_user_error([&] { decode_image(as_bytes(jpeg), "big"); }, "cut short");
  EXPECT_TRUE(image_problem(as_bytes(jpeg)).has_value());
}

TEST(Decode, refuses_a_picture_without_pixels) {
  std::string png = golden_file("rgb.png");
  put_big(png, 16, 0, 4);
  expect_user_error([&] { decode_image(as_bytes(png), "a.png"); }, "no pixels");
}

/// A little-endian TIFF of one strip of zeros.
std::string small_tiff(int bands, int bits, int format, int photometric) {
  std::string file("II*\0\x08\0\0\0", 8);
  const auto put = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file += static_cast<char>(value >> 8 * i);
  };
  const auto entry = [&](int tag, int type, uint32_t value) {
    put(tag, 2);
    put(type, 2);
    put(1, 4);
    put(value, 4);
  };
  const uint32_t size = 4 * bands * bits / 8 * 3;
  put(10, 2);
  entry(256, 4, 4);
  entry(257, 4, 3);
  entry(258, 3, bits);  // one value stands for all bands
  entry(259, 3, 1);
  entry(262, 3, photometric);
  entry(273, 4, 8 + 2 + 10 * 12 + 4);
  entry(277, 3, bands);
  entry(278, 4, 3);
  entry(279, 4, size);
  entry(339, 3, format);
  put(0, 4);
  return file + std::string(size, '\0');
}

TEST(Decode, names_the_bands_of_a_tiff_that_it_cannot_read) {
  const std::string good = small_tiff(1, 8, 1, 1);
  EXPECT_EQ(decode_image(as_bytes(good), "a.tif").rgb, std::vector<uint8_t>(36));
  const auto refused = [](const std::string& file, std::string_view part) {
    expect_user_error([&] { decode_image(as_bytes(file), "a.tif"); }, part);
    EXPECT_TRUE(image_problem(as_bytes(file)).has_value());
  };
  refused(small_tiff(12, 16, 1, 1), "12 bands");
  refused(small_tiff(1, 32, 3, 1), "1 band of floating-point 32 bits");
  refused(small_tiff(1, 16, 2, 1), "1 band of signed 16 bits");
  refused(small_tiff(1, 32, 1, 1), "1 band of 32 bits");
  refused(small_tiff(3, 8, 1, 8), "photometric 8");
  refused(small_tiff(2, 8, 1, 2), "2 bands where its colours need 3");
}

TEST(PixelLimit, HoldsForItsThreadWhileItLives) {
  const std::string bytes = test::read_text(test::golden("images/one.jpg"));
  const auto decode = [&bytes] { return decode_image(std::as_bytes(std::span(bytes)), "one.jpg"); };
  const Image whole = decode();
  const int64_t pixels = int64_t{whole.width} * whole.height;
  {
    const PixelLimit exact(pixels);
    EXPECT_EQ(decode(), whole);
    {
      const PixelLimit less(pixels - 1);
      test::expect_user_error(decode, "pixels in all is not read");
    }
    EXPECT_EQ(decode(), whole);
  }
  const PixelLimit more(kMaxPixels + 1);  // changes nothing
  EXPECT_EQ(decode(), whole);
}

}  // namespace
}  // namespace puente
