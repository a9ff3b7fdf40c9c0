#include <gtest/gtest.h>

#include "experiment/protocol.h"
#include "recipe/pattern.h"
#include "recipe/recipe.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;
using Values = std::vector<std::string>;

const std::string kGood = R"(name = "x"
group = "patient"
[table]
file = "m.csv"
[label]
column = "dx"
)";

class ReadRecipeTest : public testing::Test {
 protected:
  std::vector<std::string> mistakes(const std::string& text) {
    const RecipeReading reading = read_recipe(folder_.file("r.toml", text));
    std::vector<std::string> lines;
    for (const RecipeMistake& mistake : reading.mistakes) lines.push_back(text_of(mistake, "r"));
    return lines;
  }
  void expect(const std::string& text, const std::string& line) {
    SCOPED_TRACE(text);
    EXPECT_EQ(mistakes(text), Values{line});
  }

  TemporaryFolder folder_;
};

TEST_F(ReadRecipeTest, AGoodOne) {
  const RecipeReading reading = read_recipe(folder_.file("r.toml", kGood + R"(
[fields.age]
known = "before"
number = "whole"
[fields.sex]
known = "same-reading"
allowed = true
values = { 1 = "male", 2 = "female" }
[label.synonyms]
mel = ["melanoma"]
[prompt]
default = "Age: {age}."
)"));
  EXPECT_TRUE(reading.mistakes.empty());
  const Recipe& recipe = reading.recipe;
  EXPECT_EQ(recipe.name, "x");
  EXPECT_EQ(recipe.group->text, "patient");
  EXPECT_EQ(recipe.label.name, "dx");
  EXPECT_EQ(recipe.protocol.text, "holdout");
  EXPECT_EQ(recipe.facts.of("age").known, Known::before);
  EXPECT_EQ(recipe.facts.of("sex").known, Known::same_reading);
  EXPECT_FALSE(recipe.facts.of("sex").forbidden());
  EXPECT_EQ(recipe.facts.synonyms.at("mel"), Values{"melanoma"});
  EXPECT_EQ(recipe.fields[0].number, NumberKind::whole);
  EXPECT_EQ(recipe.fields[1].values[1], (std::pair<std::string, std::string>("2", "female")));
}

TEST_F(ReadRecipeTest, EveryMistakeWithItsPlace) {
  EXPECT_EQ(mistakes("[tabel]\nfile = 3\n").size(), 5u);  // name, group, label, table; and tabel
  expect(kGood + "[fields.age]\nknwon = \"before\"\n",
         "r: line 8, column 1: there is no such key as fields.age.knwon. Did you mean 'known'?");
  expect(kGood + "[fields.age]\nknown = \"later\"\n",
         "r: line 8, column 9: 'later' is none of \"before\", \"same-reading\" and \"after\"");
  expect(kGood + "[fields.age]\nnumber = true\n",
         "r: line 8, column 10: fields.age.number is not a text; write number = \"...\"");
  expect(kGood + "[fields.age]\nnumber = \"int\"\n",
         "r: line 8, column 10: 'int' is neither \"whole\" nor \"decimal\"");
  expect(kGood + "[fields.age]\ndigits = 0\n",
         "r: line 8, column 10: fields.age.digits is not a whole number of at least 1");
  expect(kGood + "[fields.age]\nallowed = 1\n",
         "r: line 8, column 11: fields.age.allowed is neither true nor false");
  expect(kGood + "[prompt]\nfirst = \"{a}\"\n",
         "r: line 7, column 1: [prompt] has no 'default', the one that is taken if none is named");
  expect(kGood + "[prompt]\ndefault = \"Age {age\"\n",
         "r: line 8, column 11: prompt: position 5: '{' without a '}' after it; a literal brace is "
         "written twice");
  expect(
      kGood + "[evaluation]\nprotocol = \"hold\"\n", "r: line 8, column 12: " + [] {
        try {
          ProtocolOptions::parse("hold");
        } catch (const UserError& error) {
          return std::string(error.what());
        }
        return std::string();
      }());
  expect(kGood + "[image]\nfile = [\"{a}.jpg\", 3, []]\n",
         "r: line 8, column 23: image.file.2 is not a text");
  expect(kGood + "[image]\nfolders = \"x\"\n",
         "r: line 7, column 1: image.file is missing; write file = \"{image_id}.jpg\"");
  expect("name = \"x\"\ngroup = true\ntable.file = \"m\"\nlabel.column = \"d\"\n",
         "r: line 2, column 9: group is a column's name, or false");
  expect(
      "name = \"x\"\ngroup = false\ntable = { file = \"m\", list = \"{a}\" }\nlabel.column = "
      "\"d\"\n",
      "r: line 3, column 9: a table has exactly one of file (a CSV), lines (text files) and list "
      "(the files that are there)");
  expect("name = \"x\"\ngroup = false\ntable.list = \"a.tiff\"\nlabel.column = \"d\"\n",
         "r: line 3, column 14: 'a.tiff' has no {name} in it, so it cannot tell the files apart");
  expect(
      "name = \"x\"\ngroup = false\ntable.file = \"m\"\n[label]\ncolumn = \"d\"\nabove_median = { "
      "of = "
      "\"a\" }\n",
      "r: line 4, column 1: the label has a column, or is computed by above_median: one of both");
}

TEST_F(ReadRecipeTest, TheTextsLanguage) {
  EXPECT_EQ(read_recipe(folder_.file("r.toml", "language = \"pt\"\n" + kGood)).recipe.language.text,
            "pt");
  const RecipeReading by_column =
      read_recipe(folder_.file("r.toml", "language = { column = \"lang\" }\n" + kGood));
  EXPECT_TRUE(by_column.mistakes.empty());
  EXPECT_EQ(by_column.recipe.language_column.text, "lang");
  EXPECT_TRUE(by_column.recipe.language.empty());
  expect("language = 3\n" + kGood,
         "r: line 1, column 12: language is not a text; write language = \"...\"");
  expect("language = { name = \"pt\", column = \"lang\" }\n" + kGood,
         "r: line 1, column 14: there is no such key as language.name.");
  expect("language = {}\n" + kGood,
         "r: line 1, column 12: language.column is missing; write column = \"lang\"");
}

TEST_F(ReadRecipeTest, ThePromptDoesNotTellTheLabel) {
  const std::string prompt = "[prompt]\ndefault = \"{grade}\"\nother = \"{a} {b}\"\n";
  const auto label = [](const std::string& lines) {
    return "name = \"x\"\ngroup = false\ntable.file = \"m.csv\"\n[label]\n" + lines;
  };
  expect(label("column = \"grade\"\n") + prompt,
         "r: line 7, column 11: prompt 'default' has the label 'grade' in it");
  expect(label("column = \"g\"\nname = \"grade\"\n") + prompt,
         "r: line 8, column 11: prompt 'default' has the label 'grade' in it");
  expect(label("column = \"grade\"\nclasses = { no = [0], yes = [1, 2] }\n") + prompt,
         "r: line 8, column 11: prompt 'default' has 'grade' in it, which the label is made of");
  expect(label("above_median = { of = \"grade\" }\n") + prompt,
         "r: line 7, column 11: prompt 'default' has 'grade' in it, which the label is made of");
  // Other names of the column that the label is made of.
  expect(label("column = \"dx\"\n") + prompt + "[fields.dx]\nfrom = \"b\"\n",
         "r: line 8, column 9: prompt 'other' has 'b' in it, which the label is made of");
  expect(label("column = \"dx\"\n") + prompt + "[fields.a]\nfrom = [\"d\", \"dx\"]\n",
         "r: line 8, column 9: prompt 'other' has 'a' in it, which the label is made of");
}

TEST_F(ReadRecipeTest, AValueMeansOneThing) {
  expect(kGood + "classes = { no = [0, \"0\"], yes = [1, \"0.0\"] }\n",
         "r: line 7, column 38: '0.0' is in two classes, 'no' and 'yes'");
  expect(kGood + "[fields.sex]\nvalues = { 1 = \"m\", 01 = \"f\" }\n",
         "r: line 8, column 21: '01' is there twice: 'm' and 'f'");
}

TEST_F(ReadRecipeTest, Parts) {
  const auto table = [](const std::string& lines) {
    return "name = \"x\"\ngroup = false\nlabel.column = \"d\"\n[table]\n" + lines;
  };
  expect(table("file = \"{part.csv\"\nparts = [\"a\"]\n"),
         "r: line 6, column 10: no file has {part} in its name");
  expect(table("file = \"{part}{more}.csv\"\n"),
         "r: line 5, column 8: '{part}{more}.csv': nothing stands between {part} and {more}");
  expect(table("file = \"{part}/{part}.csv\"\n"),
         "r: line 5, column 8: '{part}/{part}.csv': {part} is there twice");
  expect(table("file = \"{more}/{part}.csv\"\n"),
         "r: line 5, column 8: '{more}/{part}.csv': without parts, {part} is the only {...} that a "
         "file can have");
  expect(table("lines = { d = \"{part}.txt\" }\n"),
         "r: line 5, column 15: {part} stands for each of parts; write parts = [\"train\"]");
  EXPECT_TRUE(mistakes(table("file = \"{part}/{part}.csv\"\nparts = [\"a\"]\n")).empty());
  EXPECT_TRUE(mistakes(table("file = [\"{part}.csv\", \"all.csv\"]\n")).empty());
}

TEST_F(ReadRecipeTest, AllAtOnceInTheOrderOfTheFile) {
  const Values lines =
      mistakes(kGood + "[fields.a]\nknown = 1\n[evaluation]\nsubgruops = [\"a\"]\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].starts_with("r: line 8, column 9:"));
  EXPECT_TRUE(lines[1].starts_with("r: line 10, column 1:"));
}

TEST_F(ReadRecipeTest, NotToml) {
  expect_user_error([&] { mistakes("name = \n"); }, "not TOML");
}

TEST(PatternTest, Matches) {
  const Pattern pattern("image_{date}.tiff");
  EXPECT_EQ(pattern.match("image_2016.tiff"), Values{"2016"});
  EXPECT_EQ(pattern.match("image_a.tiff.tiff"), Values{"a.tiff"});
  EXPECT_FALSE(pattern.match("image_.tiff"));
  EXPECT_FALSE(pattern.match("image_2016.tif"));
  EXPECT_FALSE(pattern.match("an image_2016.tiff"));
  EXPECT_EQ(Pattern("{year}/w{week}").match("2016/w01"), (Values{"2016", "01"}));
  EXPECT_FALSE(Pattern("{year}/w{week}").match("2016/01"));
  EXPECT_TRUE(Pattern("images").match("images"));
  EXPECT_FALSE(Pattern("images").match("images2"));
  for (const char* bad : {"{a", "a}", "{}", "{a}{b}", "{a}-{a}", "{a{b}}"}) {
    expect_user_error([&] { Pattern pattern_of{bad}; }, bad);
  }
}

}  // namespace
}  // namespace puente
