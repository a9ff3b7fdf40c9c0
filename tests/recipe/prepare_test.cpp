#include "recipe/prepare.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "recipe/find_recipe.h"
#include "recipe/miniature.h"
#include "text/prompt.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::put;
using test::TemporaryFolder;
using Values = std::vector<std::string>;

std::filesystem::path recipe_file(const std::string& name) {
  return test::source_folder() / "recipes" / (name + ".toml");
}

Recipe load(const std::filesystem::path& path) {
  RecipeReading reading = read_recipe(path);
  for (const RecipeMistake& mistake : reading.mistakes) {
    ADD_FAILURE() << text_of(mistake, path.string());
  }
  return std::move(reading.recipe);
}

/// Without mistakes; the manifest.
Prepared prepared(const Recipe& recipe, const std::filesystem::path& data) {
  Prepared result = prepare(recipe, data);
  for (const RecipeMistake& mistake : result.mistakes) {
    ADD_FAILURE() << text_of(mistake, recipe.source);
  }
  return result;
}

Values values_of(const Prepared& result, const std::string& column) {
  const Column* found = result.manifest.find(column);
  if (found != nullptr) return found->values;
  ADD_FAILURE() << "no column " << column;
  return {};
}

Values texts(const Recipe& recipe, const Prepared& result, const std::string& name = "default") {
  const Prompt prompt(recipe.prompt(name)->text.text);
  Values all;
  for (size_t row = 0; row < result.manifest.lines.size(); ++row) {
    std::vector<std::string_view> values;
    for (const std::string& column : prompt.columns()) {
      values.push_back(result.manifest.find(column)->values[row]);
    }
    all.push_back(prompt.render(values, 0, ""));
  }
  return all;
}

bool any_contains(const Values& lines, const std::string& part) {
  return std::ranges::any_of(
      lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

TEST(Recipes, BRSET) {
  const TemporaryFolder folder;
  test::write_brset(folder);
  const Recipe recipe = load(recipe_file("brset"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "patient_age"), (Values{"50", "50", "45", ""}));
  EXPECT_EQ(values_of(result, "diabetes_time_y"), (Values{"12.5", "12.5", "", ""}));
  EXPECT_EQ(values_of(result, "exam_eye"), (Values{"right", "left", "right", "left"}));
  EXPECT_EQ(values_of(result, "retinopathy"), (Values{"yes", "no", "no", "yes"}));
  EXPECT_EQ(values_of(result, "puente_image")[3], "fundus_photos/img00004.jpg");
  const Values all = texts(recipe, result);
  EXPECT_EQ(all[0],
            "Eye: right. Sex: male. Insulin: yes. Diabetes for years: 12.5. Comorbidities: "
            "diabetes1. Age: 50.");
  EXPECT_EQ(all[3],
            "Eye: left. Sex: female. Insulin: unknown. Diabetes for years: unknown. Comorbidities: "
            "unknown. Age: unknown.");
  EXPECT_NE(texts(recipe, result, "paper")[2].find("Optic disc unknown. Vessels abnormal."),
            std::string::npos);
  const Values columns = Prompt(recipe.prompt("default")->text.text).columns();
  for (const std::string& column : columns) {
    EXPECT_EQ(recipe.facts.of(column).known, Known::before) << column;
  }
  EXPECT_TRUE(any_contains(result.notes, "prompt 'paper' uses 'optic_disc', known same-reading"));
}

TEST(Recipes, MBRSET) {
  const TemporaryFolder folder;
  test::write_mbrset(folder);
  const Recipe recipe = load(recipe_file("mbrset"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "file"), (Values{"1.1.jpg", "1.3.jpg"}));
  EXPECT_EQ(values_of(result, "retinopathy"), (Values{"yes", "no"}));
  EXPECT_EQ(values_of(result, "educational_level")[0], "some primary");
  EXPECT_EQ(texts(recipe, result)[0], texts(recipe, result)[1]);
  EXPECT_TRUE(any_contains(result.notes, "1 of 4 rows are left out: they have no label"));
  EXPECT_TRUE(any_contains(result.notes, "1 of 3 rows have no image: 985.1.jpg; they are left"));
}

TEST(Recipes, HAM10000) {
  const TemporaryFolder folder;
  test::write_ham10000(folder);
  const Recipe recipe = load(recipe_file("ham10000"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "puente_image"),
            (Values{"HAM10000_images_part_1/ISIC_1.jpg", "HAM10000_images_part_2/ISIC_2.jpg",
                    "HAM10000_images_part_2/ISIC_3.jpg"}));
  EXPECT_EQ(texts(recipe, result)[0], "Sex: male. Site: back. Age: 45.");
  EXPECT_EQ(texts(recipe, result)[2], "Sex: unknown. Site: unknown. Age: unknown.");
  EXPECT_EQ(recipe.facts.of("dx_type").known, Known::after);
}

TEST(Recipes, SatelliteBench) {
  const TemporaryFolder folder;
  test::write_satellitebench(folder);
  const Recipe recipe = load(recipe_file("satellitebench"));
  const Prepared result = prepared(recipe, folder.path());
  // Cali's week 5 has no cases. The latest fifth of the 9 other rows is week 5, so the medians are
  // of weeks 1 to 4: of 10, 20, 30, 40 (not 500) 25; of 4, 4, 4, 8 4.
  EXPECT_EQ(values_of(result, "cases"),
            (Values{"10", "20", "30", "40", "500", "4", "4", "4", "8"}));
  EXPECT_EQ(values_of(result, "cases_above_median"),
            (Values{"not above", "not above", "above", "above", "above", "not above", "not above",
                    "not above", "above"}));
  EXPECT_EQ(values_of(result, "epi_week")[4], "5");
  EXPECT_EQ(values_of(result, "puente_image")[0],
            "10_municipalities/images/05001/image_2016-01-03.tiff");
  EXPECT_EQ(
      texts(recipe, result)[0],
      "City: Medell\xc3\xadn. Aged 0 to 4: 6.1 %. Aged 5 to 14: 13.2 %. Afro-Colombian: 2.5 %. "
      "Indigenous: 0.1 %.");
  for (const NamedPrompt& prompt : recipe.prompts) {
    const Values columns = Prompt(prompt.text.text).columns();
    EXPECT_EQ(std::ranges::count(columns, "cases"), 0);
    EXPECT_EQ(std::ranges::count(columns, "cases_above_median"), 0);
  }
}

TEST(Recipes, CocoQa) {
  const TemporaryFolder folder;
  test::write_coco_qa(folder);
  const Recipe recipe = load(recipe_file("coco_qa"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "answers"), (Values{"cup", "two", "red"}));
  EXPECT_EQ(values_of(result, "part"), (Values{"train", "train", "test"}));
  EXPECT_EQ(values_of(result, "puente_image"), (Values{"train2014/COCO_train2014_000000000009.jpg",
                                                       "train2014/COCO_train2014_000000000009.jpg",
                                                       "val2014/COCO_val2014_000000262148.jpg"}));
  EXPECT_EQ(texts(recipe, result)[2], "what color is the bus?");
}

TEST(Recipes, Fakeddit) {
  const TemporaryFolder folder;
  test::write_fakeddit(folder);
  const Recipe recipe = load(recipe_file("fakeddit"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "id"), (Values{"awxhir", "bbb"}));
  EXPECT_EQ(values_of(result, "truth"), (Values{"real", "fake"}));
  EXPECT_EQ(values_of(result, "author"), (Values{"ann", "deleted"}));
  EXPECT_EQ(texts(recipe, result), (Values{"my walgreens offbrand, mucinex", "two\nlines"}));
  EXPECT_TRUE(any_contains(result.notes, "3 of 4 rows are kept by [only] hasImage"));
}

TEST(Recipes, Recipes5k) {
  const TemporaryFolder folder;
  test::write_recipes5k(folder);
  const Recipe recipe = load(recipe_file("recipes5k"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "dish"),
            (Values{"onion_rings", "apple_pie", "onion_rings", "apple_pie"}));
  EXPECT_EQ(values_of(result, "ingredients"),
            (Values{"white onion,panko", "apples,flour", "yellow onion,flour", "apples,butter"}));
  EXPECT_EQ(values_of(result, "puente_image")[3], "images/apple_pie/7_old.jpg");
}

TEST(Recipes, IDRiDAsPublished) {
  const TemporaryFolder folder;
  test::write_idrid(folder);
  const Prepared result = prepared(load(recipe_file("idrid")), folder.path());
  EXPECT_EQ(values_of(result, "grade"), (Values{"3", "0", "4"}));
  EXPECT_EQ(values_of(result, "puente_image")[0],
            "1. Original Images/a. Training Set/IDRiD_001.jpg");
  EXPECT_EQ(values_of(result, "puente_image")[2],
            "1. Original Images/b. Testing Set/IDRiD_001.jpg");
}

TEST(Recipes, PadUfes20AsPublished) {
  const TemporaryFolder folder;
  test::write_pad_ufes_20(folder);
  const Recipe recipe = load(recipe_file("pad_ufes_20"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "puente_image"),
            (Values{"imgs_part_1/PAT_1516_1765_530.png", "imgs_part_3/PAT_46_881_939.png"}));
  EXPECT_EQ(
      texts(recipe, result)[1],
      "Itches: yes. Hurts: no. Bleeds: yes. Has grown: unknown. Has changed: yes. Raised: yes. "
      "Site: NECK. Age: 55.");
}

TEST(Recipes, CovidAsPublished) {
  const TemporaryFolder folder;
  test::write_covid_chestxray(folder);
  const Recipe recipe = load(recipe_file("covid_chestxray"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "finding_class"), (Values{"COVID-19", "other"}));
  EXPECT_EQ(texts(recipe, result)[1], "Sex: unknown. View: AP. Age: unknown.");
}

TEST(Recipes, TheFoldersBesideTheCheckout) {
  PUENTE_SHARED_DATA_OR_SKIP(ham, "ham10000");
  const auto rows = [&](const std::string& name) {
    return prepared(load(recipe_file(name)), ham.parent_path() / name).manifest.rows();
  };
  EXPECT_EQ(rows("ham10000"), 8499);
  EXPECT_EQ(rows("pad_ufes_20"), 191);
  EXPECT_EQ(rows("idrid"), 413);
  EXPECT_EQ(rows("covid_chestxray"), 251);  // X-rays
}

TEST(Recipes, FoundByNameOrPath) {
  const TemporaryFolder folder;
  const auto file = folder.file("skin.toml", "name = \"x\"");
  EXPECT_EQ(find_recipe("skin", {folder.path()}), file);
  EXPECT_EQ(find_recipe(file.string(), {}), file);
  EXPECT_EQ(recipe_names({folder.path()}), (Values{"skin"}));
  expect_user_error([&] { find_recipe("skim", {folder.path()}); },
                    "skim: no such file, and no recipe is called so; there are skin. Did you mean "
                    "'skin'?");
}

/// What a recipe and a table disagree about.
class DisagreementTest : public testing::Test {
 protected:
  void SetUp() override {
    put(folder_, "m.csv", "id,age,sex,dx\na,5O,1,nv\nb,x7,1,mel\nc,40,3,nv\n");
    for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) put(folder_, name);
  }
  void expect(const std::string& recipe, const std::string& part) {
    SCOPED_TRACE(recipe);
    const Recipe read = load(folder_.file("r.toml", recipe));
    const Prepared result = prepare(read, folder_.path());
    ASSERT_FALSE(result.mistakes.empty());
    const std::string text = text_of(result.mistakes.front(), "r.toml");
    EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
  static constexpr const char* kTop = "name = \"x\"\ngroup = false\ntable.file = \"m.csv\"\n";

  TemporaryFolder folder_;
};

TEST_F(DisagreementTest, NamesThePlaceAndWhatIsThere) {
  const std::string top = kTop;
  expect(
      top + "label.column = \"dxx\"\n",
      "r.toml: line 4, column 16: " + (folder_ / "m.csv").string() +
          ": no column 'dxx' (the recipe); the columns are id, age, sex, dx. Did you mean 'dx'?");
  expect("name = \"x\"\ngroup = \"patient\"\ntable.file = \"m.csv\"\nlabel.column = \"dx\"\n",
         "line 2, column 9");
  expect(
      "name = \"x\"\ngroup = false\ntable.file = [\"a.csv\", \"b.csv\"]\nlabel.column = \"dx\"\n",
      "line 3, column 15: none of a.csv, b.csv is in");
  expect("name = \"x\"\ngroup = false\ntable.file = \"a.csv\"\nlabel.column = \"dx\"\n",
         "there are a.jpg, b.jpg, c.jpg, m.csv");
  const std::string good = top + "label.column = \"dx\"\n";
  expect(
      good + "[image]\nfile = \"{id}.png\"\n",
      "line 6, column 8: none of the 3 rows' images is there: looked for a.png, b.png, c.png; in ");
  std::filesystem::remove(folder_ / "b.jpg");
  expect(good + "[image]\nfile = \"{id}.jpg\"\n", "1 of 3 rows have no image: b.jpg; if that");
  expect(good + "[image]\nfile = \"{ID}.jpg\"\n", "no column 'ID'");
  expect(good + "[prompt]\ndefault = \"{agee}\"\n", "line 6, column 11");
  expect(good + "[prompt]\ndefault = \"{age|int}\"\n", "line 2, column 'age': '5O' is not a whole");
  expect(good + "[fields.age]\nnumber = \"whole\"\n",
         "line 5, column 1: " + (folder_ / "m.csv").string() +
             ": line 3, column 'age': 'x7' is not a number");
  expect(good + "[fields.sex]\nvalues = { 1 = \"male\" }\n",
         "line 4, column 'sex': '3' is not among the field's values (1)");
  expect(good + "[only]\nsex = [2]\n", "no row has such a value in column 'sex'");
  expect(good + "[evaluation]\nsubgroups = [\"site\"]\n", "no column 'site'");
  expect(good + "[evaluation]\nprotocol = \"time:year\"\n", "no column 'year'");
  expect(top + "[label]\ncolumn = \"dx\"\nclasses.a = [\"mel\"]\n",
         "line 2: 'nv' is in no class of the label (2 such rows)");
  expect(top + "label.above_median = { of = \"dx\" }\n", "'nv' is not a number");
}

TEST_F(DisagreementTest, ColumnsThatAreThereAlready) {
  put(folder_, "wide.csv", "city,cases,w1,w2\nx,7,1,2\n");
  put(folder_, "days.csv", "day,epi_week,dx\n2016-01-03,1,a\n");
  put(folder_, "pictures/x/1.png");
  const auto with = [](const std::string& table) {
    return "name = \"x\"\ngroup = false\n[table]\n" + table + "[label]\ncolumn = \"dx\"\n";
  };
  const auto wide = [&](const std::string& columns, const std::string& values) {
    return with("file = \"wide.csv\"\nwide = { columns = \"" + columns + "\", values = \"" +
                values + "\" }\n");
  };
  expect(wide("w{city}", "n"), "line 5, column 20: " + (folder_ / "wide.csv").string() +
                                   ": has a column 'city' already; give the new one another name");
  expect(wide("w{week}", "cases"), "line 5, column 40");
  expect(wide("w{week}", "week"), "has a column 'week' already");
  expect(with("list = \"pictures/{city}/{file}.png\"\n"), "has a column 'file' already");
  expect(with("file = \"days.csv\"\nepiweek_of = \"day\"\n"), "has a column 'epi_week' already");
  expect(with("file = \"m.csv\"\nnumber = \"id\"\n"), "has a column 'id' already");
  expect(with("file = \"{part}.csv\"\nparts = [\"{part}\"]\n"), "none of {part}.csv is in");
}

TEST_F(DisagreementTest, TablesThatDoNotJoin) {
  const auto with = [&](const std::string& second) {
    put(folder_, "n.csv", second);
    return std::string(
        "name = \"x\"\ngroup = false\n[[table]]\nfile = \"m.csv\"\n[[table]]\nfile = "
        "\"n.csv\"\njoin = [\"id\"]\n[label]\ncolumn = \"dx\"\n");
  };
  expect(with("key\na\n"),
         "line 7, column 9: " + (folder_ / "n.csv").string() + ": no column 'id' to join by");
  expect(with("id,x\na,1\na,2\n"), "'a' is there twice, on lines 2 and 3");
  expect(with("id,x\nq,1\n"), "no row of");
}

/// The manifest of a table and the rest of its recipe.
Prepared prepared_from(const std::string& csv, const std::string& rest) {
  const TemporaryFolder folder;
  put(folder, "m.csv", csv);
  return prepared(
      load(folder.file("r.toml", "name = \"x\"\ngroup = false\ntable.file = \"m.csv\"\n" + rest)),
      folder.path());
}

TEST(Prepare, AClassMayBeCalledNone) {
  const std::string csv = "id,dx\na,0\nb,1\nc,NA\nd,none\n";
  const Prepared mapped =
      prepared_from(csv, "[label]\ncolumn = \"dx\"\nclasses = { none = [0], NA = [1] }\n");
  EXPECT_EQ(values_of(mapped, "dx_class"), (Values{"none", "NA"}));
  EXPECT_TRUE(any_contains(mapped.notes, "2 of 4 rows are left out: they have no label"));
  const Prepared renamed = prepared_from(
      csv, "label.column = \"dx\"\n[fields.dx]\nvalues = { 0 = \"none\", 1 = \"mild\" }\n");
  EXPECT_EQ(values_of(renamed, "dx"), (Values{"none", "mild"}));
  EXPECT_EQ(values_of(prepared_from(csv, "label.column = \"dx\"\n"), "dx"), (Values{"0", "1"}));
}

TEST(Prepare, WhatIsMissing) {
  const std::string csv = "age,sex,site,dx\n9.0,1.0,,x\n9,NA,\", left\",y\n40,9,None,x\n09,2,b,y\n";
  const Prepared result = prepared_from(csv, R"(label.column = "dx"
[fields.age]
missing = [9]
[fields.sex]
number = "whole"
missing = ["9.0"]
values = { 1 = "male", 2 = "female" }
empty = "unknown"
[fields.site]
before = ","
values = { None = "no site", b = "back" }
empty = "-"
)");
  EXPECT_EQ(values_of(result, "age"), (Values{"", "", "40", ""}));
  EXPECT_EQ(values_of(result, "sex"), (Values{"male", "unknown", "unknown", "female"}));
  EXPECT_EQ(values_of(result, "site"), (Values{"-", "-", "no site", "back"}));
}

/// A has rows in all ten years, B in the last four, C in the last one: 15 rows.
std::string three_cities() {
  std::string csv = "city,year,cases\n";
  for (int year = 1; year <= 10; ++year) {
    csv += fmt::format("A,{},{}\n", year, year);
    if (year >= 7) csv += fmt::format("B,{},{}\n", year, 100 - year);
    if (year == 10) csv += "C,10,5\n";
  }
  return csv;
}

TEST(Prepare, MediansOfRowsThatAreNotScored) {
  const std::string rule =
      "label.above_median = { of = \"cases\", by = \"city\", time = \"year\", first = 0.8 }\n";
  // The latest fifth of the rows is year 10. B's years 7, 8 and 9 have the median 92; all of A's
  // years but the last one have the median 5.
  const Prepared result =
      prepared_from(three_cities(), rule + "evaluation.protocol = \"time:year\"\n");
  EXPECT_EQ(
      values_of(result, "label"),
      (Values{"not above", "not above", "not above", "not above", "not above", "above", "above",
              "above", "above", "not above", "above", "not above", "above", "not above"}));
  EXPECT_TRUE(any_contains(result.notes,
                           "1 rows have no label: no row of their 'city' is among those that the "
                           "medians are of"));
  EXPECT_FALSE(any_contains(result.notes, "have a say"));
  EXPECT_TRUE(any_contains(prepared_from(three_cities(), rule).notes,
                           "the label's medians are of 12 of the 14 rows, and holdout scores some "
                           "of them"));
}

TEST(Prepare, MediansOfRowsThatAreScored) {
  const TemporaryFolder folder;
  std::string csv = "year,cases\n";
  for (int year = 1; year <= 20; ++year) csv += fmt::format("{},{}\n", year, year % 7);
  put(folder, "m.csv", csv);
  const auto mistake_of = [&](const std::string& more) {
    const Recipe recipe = load(folder.file(
        "r.toml",
        "name = \"x\"\ngroup = false\ntable.file = \"m.csv\"\nlabel.above_median = { of "
        "= \"cases\"" +
            more + " }\nevaluation.protocol = \"time:year\"\n"));
    const Prepared result = prepare(recipe, folder.path());
    return result.mistakes.size() == 1 ? result.mistakes[0].what : "not one mistake";
  };
  EXPECT_EQ(mistake_of(""),
            "the medians are of 20 rows of which time:year scores 4; say time = \"year\", first = "
            "0.8");
  EXPECT_EQ(mistake_of(", time = \"year\", first = 0.95"),
            "the medians are of 19 rows of which time:year scores 3; make first = 0.95 smaller");
}

TEST(Prepare, SeveralPicturesOfARow) {
  const TemporaryFolder folder;
  put(folder, "m.csv", "id,left,right,dx\n1,a,b,x\n2,,b,y\n3,a,c,x\n4,,,y\n");
  put(folder, "eyes/a.jpg");
  put(folder, "eyes/b.jpg");
  const Recipe recipe = load(folder.file(
      "r.toml",
      "name = \"x\"\ngroup = \"id\"\ntable.file = \"m.csv\"\nlabel.column = \"dx\"\n[image]\nviews "
      "= [\"{left}\", \"{right}\"]\nfolders = [\"eyes\"]\nabsent = \"leave out\"\n"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "puente_image_1"), (Values{"eyes/a.jpg", ""}));
  EXPECT_EQ(values_of(result, "puente_image_2"), (Values{"eyes/b.jpg", "eyes/b.jpg"}));
  EXPECT_TRUE(any_contains(result.notes, "2 of 4 rows have no image: c, line 5: no name"));
}

TEST(Prepare, GroupsThatShareAPictureAreOne) {
  const TemporaryFolder folder;
  put(folder, "m.csv", "image,patient,dx\na,1,x\nb,2,y\nc,3,x\nd,3,y\ne,4,x\n");
  put(folder, "a.jpg", "one");
  put(folder, "b.jpg", "two");
  put(folder, "c.jpg", "three");
  put(folder, "d.jpg", "one");
  put(folder, "e.jpg", "four");
  const auto groups = [&](const std::string& group) {
    const Recipe recipe = load(folder.file(
        "r.toml", "name = \"x\"\ngroup = " + group +
                      "\ntable.file = \"m.csv\"\nlabel.column = \"dx\"\nimage = { file = "
                      "\"{image}\", equal = \"one group\" }\n"));
    const Prepared result = prepared(recipe, folder.path());
    EXPECT_EQ(result.group, "puente_group");
    EXPECT_TRUE(any_contains(result.notes, "1 groups have a picture of another one"));
    return values_of(result, "puente_group");
  };
  EXPECT_EQ(groups("\"patient\""), (Values{"1", "2", "1", "1", "4"}));
  EXPECT_EQ(groups("false"), (Values{"row 1", "row 2", "row 3", "row 1", "row 5"}));
}

TEST(Prepare, ADataFolderThatIsNotThere) {
  expect_user_error([] { prepare({}, "/nowhere/at/all"); }, "no such folder (--data)");
}

TEST(Prepare, LinesThatDoNotBelongTogether) {
  const TemporaryFolder folder;
  put(folder, "a.txt", "1\n2\n");
  put(folder, "b.txt", "1\n");
  const Recipe recipe = load(folder.file(
      "r.toml",
      "name = \"x\"\ngroup = false\ntable.lines = { a = \"a.txt\", b = \"b.txt\" }\nlabel.column = "
      "\"a\"\n"));
  const Prepared result = prepare(recipe, folder.path());
  ASSERT_EQ(result.mistakes.size(), 1u);
  EXPECT_EQ(result.mistakes[0].what,
            "b.txt has 1 lines and a.txt has 2; they belong together line by line");
}

TEST(Prepare, EpidemiologicalWeeksAsTheCdcCounts) {
  // The CDC's calendars: 2014 has 53 weeks, and its last one ends on 2015-01-03.
  const TemporaryFolder folder;
  put(folder, "m.csv",
      "day,dx\n2015-01-03,a\n2015-01-04,b\n2016-01-02,a\n2016-01-03,b\n2018-12-30,a\n2020-12-31,"
      "b\n");
  const Recipe recipe = load(folder.file("r.toml",
                                         "name = \"x\"\ngroup = false\ntable = { file = \"m.csv\", "
                                         "epiweek_of = \"day\" }\nlabel.column = "
                                         "\"dx\"\n"));
  const Prepared result = prepared(recipe, folder.path());
  EXPECT_EQ(values_of(result, "epi_year"),
            (Values{"2014", "2015", "2015", "2016", "2019", "2020"}));
  EXPECT_EQ(values_of(result, "epi_week"), (Values{"53", "1", "52", "1", "1", "53"}));
}

}  // namespace
}  // namespace puente
