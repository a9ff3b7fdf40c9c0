#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "image/decode.h"
#include "image/pictures.h"

namespace puente {
namespace {

using namespace test;

std::optional<std::string> decoding_problem(std::span<const std::byte> bytes) {
  try {
    decode_image(bytes, "picture");
    return std::nullopt;
  } catch (const UserError& error) {
    return error.what();
  }
}

TEST(ImageProblem, is_silent_about_whole_files) {
  for (const GoldenPicture& picture : golden_pictures()) {
    const std::string file = golden_file(picture.name);
    EXPECT_EQ(image_problem(as_bytes(file)), std::nullopt) << picture.name;
  }
}

TEST(ImageProblem, finds_every_cut) {
  for (const GoldenPicture& picture : golden_pictures()) {
    const std::string file = golden_file(picture.name);
    for (size_t length = 0; length < file.size(); ++length) {
      // An exact copy on the heap, so that the sanitizer sees a read beyond its end.
      const std::vector<std::byte> cut(as_bytes(file).begin(), as_bytes(file).begin() + length);
      const bool decodes = !decoding_problem(cut).has_value();
      const bool fine = !image_problem(cut).has_value();
      ASSERT_EQ(fine, decodes) << picture.name << " cut to " << length << " of " << file.size();
      // A TIFF may end in something that nobody needs, such as a second page or a pad byte.
      ASSERT_TRUE(!decodes || picture.name.ends_with(".tif")) << picture.name << " " << length;
    }
  }
}

// Damaged bytes are decoded or refused, never a crash; and what decodes is never complained about.
TEST(ImageProblem, agrees_with_decoding_about_damaged_files) {
  Rng rng(7);
  int undecodable = 0;
  int missed = 0;
  for (const GoldenPicture& picture : golden_pictures()) {
    const std::string file = golden_file(picture.name);
    for (int round = 0; round < 60; ++round) {
      std::vector<std::byte> bytes(as_bytes(file).begin(), as_bytes(file).end());
      for (uint64_t i = 0; i <= rng.below(3); ++i) {
        // Headers are short: half of the damage goes to the first 64 bytes.
        const size_t reach = rng.below(2) ? std::min<size_t>(64, bytes.size()) : bytes.size();
        bytes[rng.below(reach)] = static_cast<std::byte>(rng.below(256));
      }
      const auto decoding = decoding_problem(bytes);
      const auto problem = image_problem(bytes);
      if (!decoding) {
        ASSERT_EQ(problem, std::nullopt) << picture.name << " round " << round;
      }
      undecodable += decoding.has_value();
      missed += decoding.has_value() && !problem.has_value();
    }
  }
  EXPECT_GT(undecodable, 500);
  // Wrong bits inside complete WebP and TIFF data are found by decoding only.
  EXPECT_LT(missed, undecodable / 4);
}

TEST(ImageProblem, finds_cuts_of_real_pictures) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "image_decode/orig");
  Rng rng(3);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename());
    const MappedFile file(entry.path());
    EXPECT_EQ(image_problem(file.bytes()), std::nullopt);
    const size_t size = file.bytes().size();
    std::vector<size_t> lengths = {0, 1, 2, 3, 10, 100, size / 2, size - 100, size - 2, size - 1};
    for (int i = 0; i < 20; ++i) lengths.push_back(rng.below(size));
    for (size_t length : lengths) {
      EXPECT_TRUE(image_problem(file.bytes().first(length)).has_value()) << length;
    }
  }
}

TEST(ImageProblem, is_silent_about_real_pictures) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "ham10000");
  int seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".jpg" || ++seen % 40 != 0) continue;
    const MappedFile file(entry.path());
    EXPECT_EQ(image_problem(file.bytes()), std::nullopt) << entry.path();
    EXPECT_TRUE(image_problem(file.bytes().first(file.bytes().size() - 1)).has_value());
  }
  EXPECT_GT(seen, 1000);
}

}  // namespace
}  // namespace puente
