#include "base/file_status.h"

#include "base/folder_contents.h"
#include "support/files.h"

namespace puente {
namespace {

TEST(FileStatus, WhatIsThere) {
  const test::TemporaryFolder folder;
  const auto file = folder.file("a.txt", "four");
  std::filesystem::create_symlink(file, folder / "link");
  for (const auto& path : {file, folder / "link"}) {
    EXPECT_TRUE(file_exists(path));
    EXPECT_TRUE(is_file(path));
    EXPECT_FALSE(is_folder(path));
    EXPECT_EQ(file_bytes(path), 4);
  }
  EXPECT_TRUE(is_folder(folder.path()));
  EXPECT_FALSE(is_file(folder.path()));
  for (const char* absent : {"b.txt", "a.txt/b"}) EXPECT_FALSE(file_exists(folder / absent));
  test::expect_user_error([&] { file_bytes(folder / "b.txt"); }, "b.txt: cannot be looked at");
}

TEST(FileStatus, WhatCannotBeToldIsTheUsersError) {
  const test::TemporaryFolder folder;
  std::filesystem::create_symlink("self", folder / "self");
  const auto expect = [](const std::filesystem::path& path, const char* part) {
    test::expect_user_error([&] { file_exists(path); }, part);
    test::expect_user_error([&] { is_file(path); }, part);
    test::expect_user_error([&] { is_folder(path); }, part);
  };
  expect(folder / "self", "self: cannot be looked at: Too many levels of symbolic links");
  expect(folder / std::string(300, 'x'), "xxx: cannot be looked at: File name too long");
}

TEST(FileStatus, NameOfAFolder) {
  EXPECT_EQ(name_of_folder("a/run1"), "run1");
  EXPECT_EQ(name_of_folder("a/run1/"), "run1");
  EXPECT_EQ(name_of_folder("a/run1/../run2/"), "run2");
  EXPECT_EQ(name_of_folder("."), std::filesystem::current_path().filename());
}

TEST(FolderContents, ALoopOfLinksIsAName) {
  const test::TemporaryFolder folder;
  folder.file("a.txt", "");
  std::filesystem::create_symlink("self", folder / "self");
  std::filesystem::create_directory(folder / "z");
  EXPECT_EQ(folder_contents(folder.path()), "z/, a.txt, self");
  EXPECT_EQ(folder_contents(folder / "gone"), "none that can be read (No such file or directory)");
}

}  // namespace
}  // namespace puente
