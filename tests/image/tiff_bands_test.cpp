// Bands of TIFFs as numpy stretches them, over one picture and over a set.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "formats/json.h"
#include "image/band_samples.h"
#include "image/decode.h"
#include "image/image_reading_json.h"
#include "image/pictures.h"
#include "image/stretch.h"

namespace puente {
namespace {

using namespace test;

std::string golden_tiff(const std::string& name) { return read_text(golden("tiff_bands") / name); }

Json golden_cases() { return read_json(golden("tiff_bands/cases.json")); }

ImageReading reading_of_case(const Json& c) {
  ImageReading reading;
  reading.bands = c["bands"].get<std::vector<int>>();
  reading.stretch.low = c["percentiles"][0];
  reading.stretch.high = c["percentiles"][1];
  return reading;
}

/// Samples are floats here; numbers of 32 or 64 bits that are none are rounded.
bool is_rounded(const std::string& file) { return file == "double.tif" || file == "whole32.tif"; }

TEST(TiffBands, are_stretched_as_numpy_does) {
  int cases = 0;
  const Json all = golden_cases()["cases"];
  for (const Json& c : all) {
    SCOPED_TRACE(c.dump());
    const std::string name = c["file"];
    const std::string file = golden_tiff(name);
    const ImageReading reading = reading_of_case(c);
    const Image image = decode_image(as_bytes(file), name, Exif::rotate, reading);
    ASSERT_EQ(image.width, c["width"].get<int>());
    ASSERT_EQ(image.height, c["height"].get<int>());
    const std::string pixels = golden_tiff(c["rgb"]);
    const std::vector<uint8_t> expected(pixels.begin(), pixels.end());
    const Difference d = difference(image.rgb, expected);
    EXPECT_LE(d.largest, is_rounded(name) ? 1 : 0);
    EXPECT_LE(d.samples, is_rounded(name) ? 6 : 0);
    EXPECT_EQ(image_problem(as_bytes(file), reading), std::nullopt);

    BandSamples samples = read_band_samples(as_bytes(file), name, reading.bands);
    for (size_t i = 0; i < samples.bands.size(); ++i) {
      const BandLimits limits = percentile_limits(samples.bands[i], reading.stretch);
      const double low = c["limits"][i][0], high = c["limits"][i][1];
      const double tolerance =
          is_rounded(name) ? 1e-6 * std::max(std::abs(low), std::abs(high)) : 0;
      EXPECT_NEAR(limits.low, low, tolerance);
      EXPECT_NEAR(limits.high, high, tolerance);
    }
    ++cases;
  }
  EXPECT_GE(cases, 15);
}

TEST(TiffBands, are_stretched_over_a_set_as_numpy_does) {
  const Json sets = golden_cases()["sets"];
  ASSERT_EQ(sets.size(), 3u);
  for (const Json& set : sets) {
    SCOPED_TRACE(set.dump());
    ImageReading reading = reading_of_case(set);
    SetPercentiles all(reading.bands.size(), reading.stretch);
    for (const bool second : {false, true}) {
      if (second) all.start_second_pass();
      // As two workers would: the halves are counted apart.
      SetPercentiles parts[] = {all.fresh(), all.fresh()};
      for (size_t f = 0; f < set["files"].size(); ++f) {
        const std::string name = set["files"][f];
        const BandSamples samples =
            read_band_samples(as_bytes(golden_tiff(name)), name, reading.bands);
        for (size_t band = 0; band < samples.bands.size(); ++band) {
          parts[f % 2].add(band, samples.bands[band]);
        }
      }
      all.merge(parts[1]);
      all.merge(parts[0]);
    }
    const std::vector<BandLimits> limits = all.limits();
    ASSERT_EQ(limits.size(), reading.bands.size());
    for (size_t i = 0; i < limits.size(); ++i) {
      EXPECT_EQ(limits[i].low, set["limits"][i][0].get<double>());
      EXPECT_EQ(limits[i].high, set["limits"][i][1].get<double>());
    }
    // And they are what the pictures are shown by.
    reading.stretch.of = StretchOf::set;
    reading.stretch.limits = limits;
    const std::string file = golden_tiff("sentinel.tif");
    const Image image = decode_image(as_bytes(file), "a.tif", Exif::rotate, reading);
    const BandSamples samples = read_band_samples(as_bytes(file), "a.tif", reading.bands);
    for (size_t i = 0; i < samples.bands[0].size(); ++i) {
      const double part = (samples.bands[0][i] - limits[0].low) / (limits[0].high - limits[0].low);
      const int expected = static_cast<int>(std::floor(std::clamp(part, 0.0, 1.0) * 255 + 0.5));
      ASSERT_EQ(image.rgb[3 * i], expected);
    }
  }
}

TEST(TiffBands, finds_percentiles_of_few_samples) {
  const float nothing = std::numeric_limits<float>::quiet_NaN();
  const auto of = [](std::vector<float> samples, double low, double high) {
    const Stretch stretch{.low = low, .high = high};
    SetPercentiles set(1, stretch);
    set.add(0, samples);
    set.start_second_pass();
    SetPercentiles second = set.fresh();
    second.add(0, samples);
    set.merge(second);
    const BandLimits limits = percentile_limits(samples, stretch);
    EXPECT_EQ(set.limits()[0], limits);
    return limits;
  };
  EXPECT_EQ(of({5}, 2, 98), (BandLimits{5, 5}));
  EXPECT_EQ(of({nothing, 5, nothing}, 0, 100), (BandLimits{5, 5}));
  EXPECT_EQ(of({30, 10}, 25, 75), (BandLimits{15, 25}));
  EXPECT_EQ(of({1, 2, 3, 4, 5}, 50, 100), (BandLimits{3, 5}));
  EXPECT_EQ(of({-1.5f, 0.0f, -0.0f, 1e-30f, 8e30f}, 0, 75), (BandLimits{-1.5, 1e-30f}));
  EXPECT_EQ(of({-3, -2, -1}, 0, 50), (BandLimits{-3, -2}));
}

void expect_bands_refused(const std::string& file, std::string_view part,
                          const ImageReading& reading) {
  expect_user_error([&] { decode_image(as_bytes(file), "s.tif", Exif::rotate, reading); }, part);
  const auto problem = image_problem(as_bytes(file), reading);
  ASSERT_TRUE(problem.has_value());
  EXPECT_NE(problem->find(part), std::string::npos) << *problem;
}

TEST(TiffBands, say_what_is_wrong) {
  const std::string sentinel = golden_tiff("sentinel.tif");
  expect_bands_refused(sentinel,
                       "the TIFF has 12 bands; say which are shown, such as --bands 4,3,2", {});
  expect_bands_refused(sentinel, "band 13 is asked for, and the TIFF has 12 (they count from 1)",
                       {.bands = {4, 3, 13}});
  expect_bands_refused(golden_tiff("float_nodata.tif"), "4 bands of floating-point 32 bits", {});
  expect_bands_refused(golden_tiff("empty_band.tif"), "band 2 holds no data", {.bands = {3, 2, 1}});
  EXPECT_EQ(image_problem(as_bytes(golden_tiff("empty_band.tif")), {.bands = {3}}), std::nullopt);
  expect_bands_refused(golden_file("bilevel.tif"), "unsigned samples of 1 bits", {.bands = {1}});
  expect_bands_refused(golden_file("gray.png"), "only TIFFs are read by bands", {.bands = {1}});
  expect_bands_refused(sentinel, "only DICOM files are read by frames", {.frame = 2, .bands = {1}});
  // Bands of an ordinary picture.
  EXPECT_EQ(image_problem(as_bytes(golden_file("rgb_lzw.tif")), {.bands = {3, 2, 1}}),
            std::nullopt);
}

TEST(TiffBands, are_turned_as_the_tag_says) {
  const std::string turned = golden_file("orientation6.tif");  // 17 x 13 as it is stored
  const Image image = decode_image(as_bytes(turned), "a.tif", Exif::ignore,
                                   {.bands = {1, 2, 3}, .stretch = {0, 100}});
  EXPECT_EQ(image.width, 13);
  EXPECT_EQ(image.height, 17);
}

TEST(TiffBands, survive_damage) {
  Rng rng(5);
  int undecodable = 0;
  for (const char* name : {"sentinel.tif", "planes.tif", "float_nodata.tif", "big_endian.tif"}) {
    const std::string file = golden_tiff(name);
    for (int round = 0; round < 150; ++round) {
      std::vector<std::byte> bytes(as_bytes(file).begin(), as_bytes(file).end());
      for (uint64_t i = 0; i <= rng.below(3); ++i) {
        // Directories are at the front or at the end.
        const size_t reach = std::min<size_t>(bytes.size(), 400);
        const size_t at = rng.below(reach);
        bytes[round % 2 ? at : bytes.size() - 1 - at] = static_cast<std::byte>(rng.below(256));
      }
      const auto problem = image_problem(bytes, {.bands = {4, 3, 2}});
      undecodable += problem.has_value();
    }
    for (size_t length = 0; length < file.size(); length += 7) {
      const std::vector<std::byte> cut(as_bytes(file).begin(), as_bytes(file).begin() + length);
      image_problem(cut, {.bands = {4, 3, 2}});
    }
  }
  EXPECT_GT(undecodable, 60);
}

TEST(ImageReading, is_checked) {
  const auto refused = [](const ImageReading& reading, std::string_view part) {
    expect_user_error([&] { check_image_reading(reading); }, part);
  };
  refused({.frame = 0}, "frame 0: frames count from 1");
  refused({.bands = {4, 3, 0}}, "band 0: bands count from 1");
  refused({.bands = {4, 3}}, "one (gray) or three");
  refused({.bands = {1}, .stretch = {.low = 98, .high = 2}}, "stretch 98,2");
  refused({.bands = {1}, .stretch = {.low = -1, .high = 2}}, "two percentiles");
  refused({.bands = {1}, .stretch = {.low = 2, .high = 100.5}}, "two percentiles");
  check_image_reading({});
  check_image_reading({.frame = 3, .bands = {1}, .stretch = {.low = 0, .high = 100}});
}

TEST(ImageReading, is_written_and_read_back) {
  EXPECT_EQ(image_reading_json({}), Json::object());
  const ImageReading some[] = {
      {},
      {.frame = 7},
      {.bands = {4, 3, 2}},
      {.bands = {2}, .stretch = {.low = 0.5, .high = 99, .of = StretchOf::set}},
      {.bands = {2}, .stretch = {.of = StretchOf::set, .limits = {{-0.1, 1234.5678}}}}};
  for (const ImageReading& reading : some) {
    const Json json = image_reading_json(reading);
    const ImageReading back = image_reading_of(parse_json(json.dump(), "x"), "x");
    EXPECT_EQ(back.frame, reading.frame);
    EXPECT_EQ(back.bands, reading.bands);
    EXPECT_EQ(back.stretch.low, reading.stretch.low);
    EXPECT_EQ(back.stretch.high, reading.stretch.high);
    EXPECT_EQ(back.stretch.of, reading.stretch.of);
    EXPECT_EQ(back.stretch.limits, reading.stretch.limits);
    EXPECT_EQ(image_reading_json(back), json);
  }
  const auto refused = [](const char* text) {
    expect_user_error([&] { image_reading_of(parse_json(text, "x"), "b.json"); }, "b.json");
  };
  refused(R"({"bands": [1]})");
  refused(R"({"bands": 4})");
  refused(R"({"frame": "one"})");
  refused(R"({"bands": [1], "stretch": {"percentiles": [2], "of": "set"}})");
  refused(
      R"({"bands": [1], "stretch": {"percentiles": [2, 98], "of": "set", "limits": [[1, 2], [3, 4]]}})");
}

}  // namespace
}  // namespace puente
