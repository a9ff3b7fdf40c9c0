#include "base/unnamed_file.h"

#include <array>
#include <filesystem>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/files.h"

namespace puente {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(UnnamedFile, GivesBackWhatWasWrittenAndLeavesNothing) {
  const test::TemporaryFolder folder;
  const UnnamedFile file(folder.path(), "the words");
  file.write(4, bytes_of("later"));
  file.write(0, bytes_of("once"));
  std::string read(9, ' ');
  file.read(0, std::as_writable_bytes(std::span(read)));
  EXPECT_EQ(read, "oncelater");
  file.read(4, std::as_writable_bytes(std::span(read).first(2)));
  EXPECT_EQ(read.substr(0, 2), "la");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  std::array<std::byte, 2> beyond{};
  EXPECT_THROW(file.read(8, beyond), InternalError);
}

TEST(UnnamedFile, AFolderThatIsNotThere) {
  const test::TemporaryFolder folder;
  test::expect_user_error([&] { UnnamedFile(folder / "none", "the words"); },
                          "none: cannot be written to");
}

}  // namespace
}  // namespace puente
