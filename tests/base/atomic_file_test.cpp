#include "base/atomic_file.h"

#include "base/mapped_file.h"
#include "support/files.h"

namespace puente {
namespace {

TEST(AtomicFile, IsInvisibleUntilCommitted) {
  test::TemporaryFolder folder;
  {
    AtomicFile file(folder / "out.csv");
    file.write("a,b\n");
    EXPECT_FALSE(std::filesystem::exists(folder / "out.csv"));
    file.commit();
  }
  EXPECT_EQ(test::read_text(folder / "out.csv"), "a,b\n");
}

TEST(AtomicFile, LeavesNothingBehindWithoutCommit) {
  test::TemporaryFolder folder;
  { AtomicFile(folder / "out.csv").write("half"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(AtomicFile, WritesBlocksLargerThanItsBuffer) {
  test::TemporaryFolder folder;
  const std::string block(5 << 20, 'x');
  write_file(folder / "big", block);
  EXPECT_EQ(test::read_text(folder / "big"), block);
}

TEST(AtomicFile, NamesTheMissingFolder) {
  test::TemporaryFolder folder;
  test::expect_user_error([&] { AtomicFile file(folder / "no/out.csv"); }, "there is no folder");
}

TEST(AtomicFile, FullDiskIsTheUsersError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  // /dev/full stands in for a full disk: the temporary name is a link to it.
  test::TemporaryFolder folder;
  const auto temporary = folder / (".out." + std::to_string(::getpid()) + ".part");
  std::filesystem::create_symlink("/dev/full", temporary);
  test::expect_user_error([&] { write_file(folder / "out", "text"); }, "No space left");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(MappedFile, ReadsBytesAndNamesWhatIsMissing) {
  test::TemporaryFolder folder;
  EXPECT_EQ(MappedFile(folder.file("a", "hello")).text(), "hello");
  EXPECT_EQ(MappedFile(folder.file("empty", "")).bytes().size(), 0u);
  test::expect_user_error([&] { MappedFile file(folder / "b"); }, "no such file");
  test::expect_user_error([&] { MappedFile file(folder.path()); }, "is a folder");
}

TEST(MappedFile, ReleasedPagesReadTheSameAgain) {
  test::TemporaryFolder folder;
  const MappedFile file(folder.file("a", std::string(100000, 'z')));
  file.release(file.bytes());
  EXPECT_EQ(file.text(), std::string(100000, 'z'));
}

}  // namespace
}  // namespace puente
