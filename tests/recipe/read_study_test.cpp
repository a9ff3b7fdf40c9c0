#include <gtest/gtest.h>

#include "recipe/study.h"
#include "support/files.h"

namespace puente {
namespace {

class ReadStudyTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"data", "clip", "dinov2", "bert"}) {
      std::filesystem::create_directory(folder_ / name);
    }
  }
  StudyReading read(const std::string& text) const {
    return read_study(folder_.file("s.toml", text));
  }
  void expect_mistake(const std::string& text, const std::string& line) const {
    SCOPED_TRACE(text);
    const StudyReading reading = read(text);
    ASSERT_EQ(reading.mistakes.size(), 1u);
    EXPECT_EQ(text_of(reading.mistakes[0], "s"), line);
  }
  std::string in(const std::string& name) const { return (folder_ / name).string(); }

  test::TemporaryFolder folder_;
  const std::string good_ =
      "name = \"x\"\nrecipe = \"ham10000\"\ndata = \"data\"\n[[encoder]]\nfolder = \"clip\"\n";
};

TEST_F(ReadStudyTest, WhatIsNotSaid) {
  const StudyReading reading = read(good_);
  EXPECT_TRUE(reading.mistakes.empty());
  const Study& study = reading.study;
  EXPECT_EQ(study.recipe.text, "ham10000");
  EXPECT_EQ(study.data, in("data"));
  EXPECT_EQ(study.out, "");
  ASSERT_EQ(study.encoders.size(), 1u);
  EXPECT_EQ(study.encoders[0].name.text, "clip");
  EXPECT_EQ(study.encoders[0].image, in("clip"));
  EXPECT_EQ(study.encoders[0].text, in("clip"));
  EXPECT_EQ(study.encoders[0].precision, "fp32");
  EXPECT_EQ(study.prompts[0].text, "default");
  EXPECT_TRUE(study.protocols.empty());
  EXPECT_EQ(study.fusions.size(), 2u);
  EXPECT_EQ(study.aligns[1].text, kShift);
  EXPECT_EQ(study.seeds, 3);
  EXPECT_TRUE(study.baselines);
  EXPECT_FALSE(study.despite_leaks);
}

TEST_F(ReadStudyTest, WhatIsSaid) {
  folder_.file("r.toml", "");
  const Study study = read(
                          "name = \"x\"\nrecipe = \"r.toml\"\ndata = \"data\"\nout = \"o\"\n"
                          "[[encoder]]\nimage = \"dinov2\"\ntext = \"bert/\"\n"
                          "[[encoder]]\nname = \"b\"\nfolder = \"clip\"\ntext = \"bert\"\n"
                          "precision = \"auto\"\n"
                          "[try]\nprompts = [\"a\", \"b\"]\nprotocols = \"kfold:3\"\n"
                          "fusion = \"late\"\nalign = [\"none\", \"shift:-0.4\"]\n"
                          "lambda = \"0,0.5\"\nseeds = 7\nbaselines = false\n"
                          "despite_leaks = true\n")
                          .study;
  EXPECT_EQ(study.recipe.text, in("r.toml"));
  EXPECT_EQ(study.out, in("o"));
  EXPECT_EQ(study.encoders[0].name.text, "dinov2+bert");
  EXPECT_EQ(study.encoders[1].image, in("clip"));
  EXPECT_EQ(study.encoders[1].text, in("bert"));
  EXPECT_EQ(study.prompts.size(), 2u);
  EXPECT_EQ(study.protocols[0].text, "kfold:3");
  EXPECT_EQ(study.aligns[1].text, "shift:-0.4");
  EXPECT_EQ(study.lambdas, "0,0.5");
  EXPECT_EQ(study.seeds, 7);
  EXPECT_FALSE(study.baselines);
  EXPECT_TRUE(study.despite_leaks);
}

TEST_F(ReadStudyTest, EveryMistakeWithItsPlace) {
  EXPECT_EQ(read("nmae = \"x\"\n").mistakes.size(), 5u);  // name, recipe, data, encoder; and nmae
  expect_mistake(
      good_ + "[try]\nprompt = [\"a\"]\n",
      "s: line 7, column 1: there is no such key as try.prompt. Did you mean 'prompts'?");
  expect_mistake(good_ + "[try]\nfusion = [\"early\", \"middle\"]\n",
                 "s: line 7, column 20: unknown fusion 'middle': known are early and late");
  expect_mistake(good_ + "[try]\nseeds = \"3\"\n",
                 "s: line 7, column 9: try.seeds is not a whole number of at least 1");
  expect_mistake(good_ + "[try]\nseeds = 1001\n",
                 "s: line 7, column 9: try.seeds is more than 1000");
  expect_mistake(good_ + "[try]\nprompts = [\"a\", \"a\"]\n",
                 "s: line 7, column 17: try.prompts has 'a' twice");
  expect_mistake(good_ + "[[encoder]]\nfolder = \"clop\"\n",
                 "s: line 7, column 10: " + in("clop") + ": no such folder or file");
  expect_mistake(
      good_ + "[[encoder]]\nfolder = \"clip\"\n",
      "s: line 6, column 1: two encoders are called 'clip'; give each a name of its own");
  expect_mistake(good_ + "[[encoder]]\nname = \"b\"\n",
                 "s: line 6, column 1: an encoder has a folder for both halves, or image and text: "
                 "one for each");
  expect_mistake(good_ + "precision = \"int4\"\n",
                 "s: line 6, column 13: 'int4' is none of \"fp32\", \"int8\" and \"auto\"");
  expect_mistake("name = \"x\"\nrecipe = \"r\"\ndata = \"dta\"\nencoder.folder = \"clip\"\n",
                 "s: line 3, column 8: " + in("dta") + ": no such folder");
}

TEST_F(ReadStudyTest, RawEncoders) {
  EXPECT_FALSE(read(good_).study.raw);
  const Study both = read(good_ + "[raw]\nimage = \"dinov2\"\ntext = \"bert\"\n").study;
  ASSERT_TRUE(both.raw);
  EXPECT_EQ(both.raw->image, in("dinov2"));
  EXPECT_EQ(both.raw->text, in("bert"));
  EXPECT_FALSE(both.raw->scratch);
  EXPECT_TRUE(read(good_ + "[raw]\nscratch = true\n").study.raw->scratch);
  expect_mistake(good_ + "[raw]\nscratch = false\n",
                 "s: line 6, column 1: raw has image and text, a model's folder for each, or "
                 "scratch = true, or both");
  expect_mistake(good_ + "[raw]\nimage = \"dinov2\"\nscratch = true\n",
                 "s: line 6, column 1: raw has image and text: a model's folder for each");
  expect_mistake(good_ + "[raw]\nimage = \"dinov2\"\ntext = \"gone\"\n",
                 "s: line 8, column 8: " + in("gone") + ": no such folder or file");
}

TEST_F(ReadStudyTest, OtherRoomsWordTheirMistakes) {
  const auto mistakes =
      read(good_ + "[try]\nprotocols = [\"hold\"]\nalign = [\"shft\"]\nlambda = \"a\"\n").mistakes;
  ASSERT_EQ(mistakes.size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(mistakes[static_cast<size_t>(i)].place.line, 7 + i);
}

TEST(FolderName, OtherSigns) {
  EXPECT_EQ(folder_name("kfold:5x3"), "kfold-5x3");
  EXPECT_EQ(folder_name("../a b"), "..-a-b");
  EXPECT_EQ(folder_name(".."), "-");
  EXPECT_EQ(folder_name("ViT_b.32-v1"), "ViT_b.32-v1");
}

}  // namespace
}  // namespace puente
