// DICOM: the pixels that pydicom makes of golden files, and files that are not as they should be.
#include <algorithm>
#include <gtest/gtest.h>
#include <optional>
#include <sstream>

#include "image/decode.h"
#include "image/load.h"
#include "image/made_dicom.h"
#include "image/pictures.h"

namespace puente {
namespace {

using namespace test;

/// One line of tests/golden/dicom/files.txt.
struct GoldenFrame {
  std::string file;
  int frame = 1;
  int width = 0;
  int height = 0;
};

std::vector<GoldenFrame> golden_frames() {
  std::istringstream lines(read_text(golden("dicom/files.txt")));
  std::vector<GoldenFrame> frames;
  GoldenFrame f;
  while (lines >> f.file >> f.frame >> f.width >> f.height) frames.push_back(f);
  EXPECT_GT(frames.size(), 55u);
  return frames;
}

std::string golden_dicom(const std::string& name) { return read_text(golden("dicom") / name); }

Image decode_frame(const std::string& file, int frame) {
  return decode_image(as_bytes(file), "a.dcm", Exif::rotate, {.frame = frame});
}

TEST(Dicom, gives_the_pixels_of_pydicom) {
  int frames = 0;
  for (const GoldenFrame& golden_frame : golden_frames()) {
    SCOPED_TRACE(golden_frame.file + " frame " + std::to_string(golden_frame.frame));
    const std::string file = golden_dicom(golden_frame.file);
    const Image image = decode_frame(file, golden_frame.frame);
    ASSERT_EQ(image.width, golden_frame.width);
    ASSERT_EQ(image.height, golden_frame.height);
    const std::string pixels =
        golden_dicom(golden_frame.file + "." + std::to_string(golden_frame.frame) + ".rgb");
    const std::vector<uint8_t> expected(pixels.begin(), pixels.end());
    const Difference d = difference(image.rgb, expected);
    // Lossy data of 12 bits: another inverse transform than pylibjpeg's rounds otherwise.
    const bool lossy = golden_frame.file == "jpeg12.dcm";
    EXPECT_LE(d.largest, lossy ? 1 : 0) << d.samples << " samples";
    EXPECT_LE(d.samples, lossy ? 60 : 0);
    EXPECT_EQ(image_problem(as_bytes(file), {.frame = golden_frame.frame}), std::nullopt);
    ++frames;
  }
  EXPECT_GT(frames, 55);
}

TEST(Dicom, takes_the_first_frame_if_none_is_asked_for) {
  const std::string file = golden_dicom("frames.dcm");
  EXPECT_EQ(decode_image(as_bytes(file), "a.dcm"), decode_frame(file, 1));
  EXPECT_NE(decode_image(as_bytes(file), "a.dcm"), decode_frame(file, 2));
  // The way that embed takes.
  const PixelRecipe recipe = crop_recipe(8, 8);
  EXPECT_EQ(
      load_cropped(as_bytes(file), "a.dcm", recipe, {.reading = {.frame = 3}}),
      load_cropped(as_bytes(golden_dicom("frames.dcm")), "b", recipe, {.reading = {.frame = 3}}));
  EXPECT_NE(load_cropped(as_bytes(file), "a.dcm", recipe, {.reading = {.frame = 3}}),
            load_cropped(as_bytes(file), "a.dcm", recipe, {}));
}

/// Both the check and the decoding say it, in one line, and without anything that says who it is.
void expect_refused(const std::string& file, std::string_view part,
                    const ImageReading& reading = {}) {
  expect_user_error([&] { decode_image(as_bytes(file), "scan.dcm", Exif::rotate, reading); }, part);
  const auto problem = image_problem(as_bytes(file), reading);
  ASSERT_TRUE(problem.has_value()) << part;
  EXPECT_NE(problem->find(part), std::string::npos) << *problem;
  EXPECT_EQ(problem->find("IDENT"), std::string::npos) << *problem;
}

TEST(Dicom, reads_what_a_test_makes) {
  const std::string file = MadeDicom().file();
  const Image image = decode_image(as_bytes(file), "a.dcm");
  EXPECT_EQ(
      image,
      (Image{3,
             2,
             {0, 0, 0, 51, 51, 51, 102, 102, 102, 153, 153, 153, 204, 204, 204, 255, 255, 255}}));
  // A text where a US has two numbers, spaces and a plus are common.
  MadeDicom window;
  window.set(0x00281050, "DS", " +102 \\9").set(0x00281051, "DS", "2\\5 ");
  EXPECT_EQ(decode_image(as_bytes(window.file()), "a.dcm").rgb[9], 255);
  EXPECT_EQ(decode_image(as_bytes(window.file()), "a.dcm").rgb[3], 0);
  // No window at all if its width is none.
  window.set(0x00281051, "DS", "0");
  EXPECT_EQ(decode_image(as_bytes(window.file()), "a.dcm"), image);
  window.set(0x00281051, "DS", "wide");
  EXPECT_EQ(decode_image(as_bytes(window.file()), "a.dcm"), image);
  // One value everywhere is black.
  MadeDicom flat;
  flat.set(0x7FE00010, "OB", std::string(6, 'x'));
  EXPECT_EQ(decode_image(as_bytes(flat.file()), "a.dcm").rgb, std::vector<uint8_t>(18));
}

TEST(Dicom, says_what_is_wrong) {
  expect_refused(MadeDicom().without(0x7FE00010).file(), "holds no picture");
  expect_refused(MadeDicom().set(0x7FE00010, "OB", "").file(), "holds no picture");
  expect_refused(MadeDicom().without(0x7FE00010).set(0x7FE00008, "OB", "1234").file(),
                 "floating-point");
  expect_refused(MadeDicom().set(0x7FE00010, "OB", "abcd").file(), "4 bytes of pixels");
  expect_refused(MadeDicom().without(0x00280010).file(), "does not say its rows");
  expect_refused(MadeDicom().without(0x00280100).file(), "bits allocated");
  expect_refused(MadeDicom().without(0x00280004).file(), "photometric interpretation");
  expect_refused(MadeDicom().number(0x00280010, 0).file(), "no pixels");
  expect_refused(MadeDicom().number(0x00280010, 65535).number(0x00280011, 65535).file(),
                 "larger than 178 million");
  expect_refused(MadeDicom().number(0x00280010, 10000).number(0x00280011, 10000).file(),
                 "6 bytes of pixels");
  expect_refused(MadeDicom().number(0x00280100, 32).file(), "32 bits a sample");
  expect_refused(MadeDicom().number(0x00280101, 9).file(), "impossible");
  expect_refused(MadeDicom().number(0x00280102, 15).file(), "impossible");
  expect_refused(MadeDicom().number(0x00280101, 0).file(), "impossible");
  expect_refused(MadeDicom().number(0x00280002, 3).file(), "3 samples a pixel");
  expect_refused(MadeDicom().set(0x00280004, "CS", "IDENT^NAME").file(), "is not supported");
  expect_refused(MadeDicom().set(0x00280004, "CS", "PALETTE COLOR").file(), "no palette");
  expect_refused(MadeDicom().set(0x00280008, "IS", "999999999999").file(), "number of frames");
  expect_refused(MadeDicom().set(0x00280008, "IS", "900000000").file(), "900000000 frames");
  expect_refused(MadeDicom().file(), "frame 2 is asked for, and the DICOM has 1", {.frame = 2});
  expect_refused(golden_dicom("frames.dcm"), "frame 4 is asked for, and the DICOM has 3",
                 {.frame = 4});
  expect_refused(MadeDicom().file(), "bands are asked for", {.bands = {3, 2, 1}});
  expect_refused(golden_dicom("jpeg2000.dcm"), "JPEG 2000");
  expect_refused(golden_dicom("jpeg2000.dcm"), "gdcmconv");
  expect_refused(MadeDicom().packed("1.2.840.10008.1.2.4.102", {"abcd"}).file(), "a video");
  expect_refused(MadeDicom().packed("1.2.840.10008.1.2.5", {}).file(), "holds no picture");
  // A look-up table that says it has more than it has.
  const std::string lut =
      dicom_element(0x00283002, "US", little(200, 2) + little(0, 2) + little(8, 2)) +
      dicom_element(0x00283006, "OW", "abcd");
  expect_refused(MadeDicom().set(0x00283010, "SQ", dicom_item(lut)).file(), "look-up table");
  // JPEGs of another size than the DICOM says would be written beyond the picture's end.
  const std::string jpeg = golden_file("gray.jpg");
  const auto packed = MadeDicom().packed("1.2.840.10008.1.2.4.50", {jpeg}).file();
  expect_refused(packed, "3 x 2 pixels of 1 x 8 bits, the JPEG in it 21 x 17 of 1 x 8");
  const auto no_jpeg = MadeDicom().packed("1.2.840.10008.1.2.4.70", {"abcdefgh"}).file();
  expect_user_error([&] { decode_image(as_bytes(no_jpeg), "a.dcm"); }, "are no JPEG");
  const auto bad_rle = MadeDicom().packed("1.2.840.10008.1.2.5", {std::string(64, '\7')}).file();
  expect_user_error([&] { decode_image(as_bytes(bad_rle), "a.dcm"); },
                    "run lengths have no header");
  // Runs that end too early, that go on too long, and that start nowhere.
  const std::string head = little(1, 4) + little(64, 4) + std::string(56, '\0');
  for (const std::string& runs : {std::string("\5ab"), std::string("\1ab"), std::string("\xF0z"),
                                  std::string("\5abcdefg").substr(0, 6), std::string()}) {
    const auto rle = MadeDicom().packed("1.2.840.10008.1.2.5", {head + runs}).file();
    expect_user_error([&] { decode_image(as_bytes(rle), "a.dcm"); }, "run lengths do not fit");
  }
  const std::string nowhere = little(1, 4) + little(900, 4) + std::string(56, '\0');
  const auto lost = MadeDicom().packed("1.2.840.10008.1.2.5", {nowhere}).file();
  expect_user_error([&] { decode_image(as_bytes(lost), "a.dcm"); }, "not where they should be");
  // Three literals, nothing, a run of three.
  const std::string good = head + "\2" + "abc" + "\x80" + "\xFE" + "z";
  const auto runs = MadeDicom().packed("1.2.840.10008.1.2.5", {good}).file();
  EXPECT_EQ(decode_image(as_bytes(runs), "a.dcm").rgb[15], 255);
}

// Which of a JPEG's bits is the sign, or where the stored ones lie, must be known.
TEST(Dicom, refuses_other_bits_that_leave_it_open) {
  const std::string jpeg = golden_file("gray.jpg");
  const auto made = [&](uint32_t stored, uint32_t high, uint32_t sign) {
    const MadeDicom dicom = MadeDicom()
                                .packed("1.2.840.10008.1.2.4.50", {jpeg})
                                .number(0x00280010, 17)
                                .number(0x00280011, 21)
                                .number(0x00280100, 16)
                                .number(0x00280101, stored)
                                .number(0x00280102, high)
                                .number(0x00280103, sign)
                                .set(0x00281050, "DS", "128")
                                .set(0x00281051, "DS", "256");
    return dicom.file();
  };
  const auto decoded = [](const std::string& file) {
    return decode_image(as_bytes(file), "a.dcm").rgb;
  };
  const std::vector<uint8_t> shown = decode_image(as_bytes(jpeg), "a.jpg").rgb;
  EXPECT_EQ(decoded(made(8, 7, 0)), shown);
  EXPECT_EQ(decoded(made(12, 11, 0)), shown);
  EXPECT_EQ(decoded(made(8, 15, 0)), shown);
  EXPECT_EQ(decoded(made(8, 7, 1)).size(), shown.size());
  expect_refused(made(12, 11, 1), "signed samples of 12 bits up to bit 11, the JPEG in it has 8");
  expect_refused(made(6, 11, 0), "it says 6 bits up to bit 11, the JPEG in it has 8");
}

TEST(Dicom, refuses_pairs_that_are_none) {
  // Four pixels of two pairs: 8 bytes.
  const auto pairs = [](size_t bytes) {
    return MadeDicom()
        .number(0x00280002, 3)
        .set(0x00280004, "CS", "YBR_FULL_422")
        .number(0x00280010, 1)
        .number(0x00280011, 4)
        .set(0x7FE00010, "OB", std::string(bytes, '\x80'));
  };
  EXPECT_EQ(decode_image(as_bytes(pairs(8).file()), "a.dcm").rgb, std::vector<uint8_t>(12, 128));
  expect_refused(pairs(12).file(), "its pixels have colours of their own");
  expect_refused(pairs(6).file(), "need 8 each");
  expect_refused(pairs(8).number(0x00280011, 3).file(), "its width is odd");
  expect_refused(pairs(8).number(0x00280006, 1).file(), "planes do not allow");
}

TEST(Dicom, refuses_palettes_in_segments) {
  MadeDicom made;
  made.set(0x00280004, "CS", "PALETTE COLOR");
  for (uint32_t colour = 0; colour < 3; ++colour) {
    made.set(0x00281101 + colour, "US", little(256, 2) + little(0, 2) + little(16, 2));
    made.set(0x00281221 + colour, "OW", little(0, 2) + little(2, 2) + little(7, 2) + little(9, 2));
  }
  expect_refused(made.file(), "palette is in segments, which is not supported");
}

TEST(Dicom, refuses_frames_of_other_files) {
  expect_refused(golden_file("rgb.png"), "only DICOM files are read by frames", {.frame = 2});
  expect_refused(golden_file("baseline.jpg"), "only TIFFs are read by bands", {.bands = {1}});
  const std::string jpeg = golden_file("baseline.jpg");
  expect_user_error(
      [&] { load_cropped(as_bytes(jpeg), "a.jpg", crop_recipe(8, 8), {.reading = {.frame = 2}}); },
      "only DICOM files");
  EXPECT_EQ(image_problem(as_bytes(jpeg), {.frame = 1}), std::nullopt);
}

// Everything that stands in the way is stepped over: nested sequences of either kind, elements of
// unknown VR, fragments of an icon, private groups, what follows the pixels.
TEST(Dicom, steps_over_what_is_not_the_picture) {
  const std::string end = dicom_tag(0xFFFEE0DD) + little(0, 4);
  const std::string item_end = dicom_tag(0xFFFEE00D) + little(0, 4);
  const std::string open_item = dicom_tag(0xFFFEE000) + little(kUndefinedLength, 4);
  // Rows and columns of an icon must not become the picture's.
  const std::string icon =
      dicom_element(0x00280010, "US", little(77, 2)) +
      dicom_element(0x00280011, "US", little(77, 2)) +
      dicom_element(0x7FE00010, "OB", dicom_fragments({"ab"}), kUndefinedLength);
  const std::string open = open_item + icon + item_end + end;
  MadeDicom made;
  const Image image = decode_image(as_bytes(made.file()), "a.dcm");
  made.elements[0x00080005] = dicom_element(0x00080005, "SQ", open, kUndefinedLength);
  made.elements[0x00080006] = dicom_element(0x00080006, "SQ", dicom_item(icon));
  made.elements[0x00080007] = dicom_element(
      0x00080007, "SQ", open_item + made.elements[0x00080005] + item_end + end, kUndefinedLength);
  // In an element of unknown VR, implicit little endian.
  const std::string implicit = dicom_tag(0x00280010) + little(2, 4) + little(77, 2);
  made.elements[0x00090010] =
      dicom_element(0x00090010, "UN", open_item + implicit + item_end + end, kUndefinedLength);
  made.elements[0x00090011] = dicom_element(
      0x00090011, "SQ",
      open_item +
          dicom_element(0x00090012, "UN", open_item + implicit + item_end + end, kUndefinedLength) +
          dicom_element(0x00280011, "US", little(77, 2)) + item_end + end,
      kUndefinedLength);
  // An element without a VR among those with one.
  made.elements[0x00090013] = dicom_tag(0x00090013) + little(4, 4) + "\1\2\3\4";
  made.elements[0x7FE10010] = "not whole";
  EXPECT_EQ(decode_image(as_bytes(made.file()), "a.dcm"), image);
}

// DCMTK's own reader calls itself for each level.
TEST(Dicom, survives_any_depth_of_nesting) {
  std::string nest;
  for (int i = 0; i < 300'000; ++i) {
    nest += dicom_tag(0x00081140) + "SQ" + std::string(2, '\0') + little(kUndefinedLength, 4) +
            dicom_tag(0xFFFEE000) + little(kUndefinedLength, 4);
  }
  MadeDicom made;
  made.elements[0x00081140] = nest;
  expect_refused(made.file(), "cut short");
}

TEST(Dicom, finds_every_cut) {
  for (const char* name :
       {"window12.dcm", "groups_undefined.dcm", "voi_lut.dcm", "jpeg_frames.dcm", "rle16.dcm",
        "jpegls_rgb.dcm", "palette8.dcm", "ct_implicit.dcm", "deflated.dcm", "headless.dcm"}) {
    const std::string file = golden_dicom(name);
    for (size_t length = 0; length < file.size(); ++length) {
      // An exact copy on the heap, so that the sanitizer sees a read beyond its end.
      const std::vector<std::byte> cut(as_bytes(file).begin(), as_bytes(file).begin() + length);
      if (std::string(name) == "deflated.dcm" && length + 1 == file.size()) break;  // a pad byte
      ASSERT_TRUE(image_problem(cut).has_value()) << name << " cut to " << length;
    }
  }
}

// Damaged files are decoded or refused, never a crash; nothing in them is repeated, and what
// decodes is never complained about.
TEST(Dicom, survives_damage_in_silence) {
  Rng rng(11);
  int undecodable = 0;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  std::vector<std::string> names = {"made"};
  for (const GoldenFrame& frame : golden_frames()) {
    if (frame.frame == 1) names.push_back(frame.file);
  }
  for (const std::string& name : names) {
    const std::string file = name == "made" ? MadeDicom().file() : golden_dicom(name);
    for (int round = 0; round < 60; ++round) {
      std::vector<std::byte> bytes(as_bytes(file).begin(), as_bytes(file).end());
      for (uint64_t i = 0; i <= rng.below(4); ++i) {
        const size_t at = round % 2 ? 128 + rng.below(bytes.size() - 128) : rng.below(bytes.size());
        bytes[at] = static_cast<std::byte>(rng.below(256));
      }
      std::optional<std::string> decoding;
      try {
        decode_image(bytes, "picture", Exif::rotate, {.frame = 1});
      } catch (const UserError& error) {
        decoding = error.what();
      }
      const auto problem = image_problem(bytes, {.frame = 1});
      if (!decoding) {
        ASSERT_EQ(problem, std::nullopt) << name << " round " << round;
      } else {
        EXPECT_EQ(decoding->find("IDENT"), std::string::npos) << *decoding;
        EXPECT_EQ(decoding->find('\n'), std::string::npos) << *decoding;
        ++undecodable;
      }
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_GT(undecodable, 200);
}

}  // namespace
}  // namespace puente
