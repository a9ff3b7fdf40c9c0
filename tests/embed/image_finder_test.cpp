#include "embed/image_finder.h"

#include "support/files.h"

namespace puente {
namespace {

class ImageFinderTest : public testing::Test {
 protected:
  void put(const std::string& name) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    folder_.file(name, "");
  }
  /// The path below the folder, or "! " and what is wrong.
  std::string find(const std::string& name, const std::string& suffix = "") {
    const ImageFinder::Found found = ImageFinder(folder_.path(), suffix).find(name);
    if (found.path.empty()) return "! " + found.problem;
    return found.path.lexically_relative(folder_.path()).string();
  }

  test::TemporaryFolder folder_;
};

TEST_F(ImageFinderTest, NamesAsPeopleHaveThem) {
  put("a.png");
  put("left/b.JPG");
  put("left/deep/c.jpeg");
  EXPECT_EQ(find("a.png"), "a.png");
  EXPECT_EQ(find("a"), "a.png");
  EXPECT_EQ(find("left/b"), "left/b.JPG");
  EXPECT_EQ(find("left\\b.JPG"), "left/b.JPG");
  EXPECT_EQ(find("C:\\Users\\ana\\study\\left\\b.JPG"), "left/b.JPG");
  EXPECT_EQ(find("/home/ana/a.png"), "a.png");
  EXPECT_EQ(find((folder_ / "a.png").string()), "a.png");
  EXPECT_EQ(find("c.jpeg"), "left/deep/c.jpeg");
  EXPECT_EQ(find("c"), "left/deep/c.jpeg");
  EXPECT_EQ(find("d.png"), "! " + (folder_ / "d.png").string() + ": no such file");
}

TEST_F(ImageFinderTest, ASuffixIsTheOnlyOneTried) {
  put("a.jpg");
  put("b.x.jpg");
  EXPECT_EQ(find("a", ".jpg"), "a.jpg");
  EXPECT_EQ(find("b.x", ".jpg"), "b.x.jpg");
  EXPECT_NE(find("a", ".png").find("no such file"), std::string::npos);
}

TEST_F(ImageFinderTest, WhatWasTriedIsSaid) {
  EXPECT_EQ(find("a", ".png"),
            "! " + (folder_ / "a").string() + ": no such file, nor with .png behind it");
  EXPECT_NE(find("a").find("no such file, nor with .jpg, .jpeg, .png"), std::string::npos);
  EXPECT_EQ(find("left/a.tif"), "! " + (folder_ / "left/a.tif").string() + ": no such file");
}

TEST_F(ImageFinderTest, LoopsOfLinksAndNamesThatAreTooLong) {
  put("left/b.png");
  std::filesystem::create_directory_symlink(folder_.path(), folder_ / "left/again");
  std::filesystem::create_symlink("self.png", folder_ / "self.png");
  EXPECT_EQ(find("b.png"), "left/b.png");
  EXPECT_NE(find("self.png").find("self.png: cannot be looked at: Too many levels"),
            std::string::npos);
  EXPECT_NE(find(std::string(300, 'a')).find("cannot be looked at: File name too long"),
            std::string::npos);
}

TEST_F(ImageFinderTest, TwoFilesOfOneNameAreNotGuessedAt) {
  put("left/1.png");
  put("right/1.png");
  EXPECT_NE(find("1.png").find("2 files below"), std::string::npos);
  EXPECT_TRUE(ImageFinder(folder_.path()).find("1.png").is_ambiguous);
  EXPECT_EQ(find("right/1.png"), "right/1.png");
}

TEST_F(ImageFinderTest, ANameWithPartsIsNotFoundElsewhere) {
  // train/1.png is not there; test/1.png is another picture.
  put("test/1.png");
  EXPECT_NE(find("train/1.png").find("no such file"), std::string::npos);
}

}  // namespace
}  // namespace puente
