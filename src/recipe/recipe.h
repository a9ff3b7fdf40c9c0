// Recipe: what a data set is, in a TOML file instead of code. Which tables a folder has and how
// they join, where a row's picture is, what the columns mean and when they are known, which column
// is the label, which rows belong together, how a text is made. docs/recipes.md explains every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/field_facts.h"
#include "formats/toml.h"

namespace puente {

/// A text of the recipe, with its place in the file.
struct Said {
  std::string text;
  TomlPlace place;

  bool empty() const { return text.empty(); }
};

/// A file's columns "Cases2016/w01", "Cases2016/w02" ... become rows.
struct WideColumns {
  Said pattern;  // "Cases{year}/w{week}"; what {...} matches becomes columns year and week
  Said values;   // column that takes the values
};

/// One source of rows. Of `file`, `lines` and `list`, exactly one is there.
struct RecipeTable {
  TomlPlace place;
  std::vector<Said> file;                           // a CSV: the first of these that is there
  std::vector<std::pair<std::string, Said>> lines;  // column -> text file, line by line together
  Said list;                // the files that are there: "{city}/{date}.tiff"
  std::vector<Said> parts;  // what {part} in `file` and `lines` stands for
  std::optional<WideColumns> wide;
  Said number;             // column that takes the row's number, from 0
  Said epiweek_of;         // date column: makes epi_year and epi_week
  std::vector<Said> join;  // columns shared with the tables before it
};

enum class NumberKind { none, decimal, whole };

/// A column: where it comes from, how it is cleaned, when it is known.
struct FieldRecipe {
  std::string name;
  TomlPlace place;
  std::vector<Said> from;  // the first of these columns that is there; empty: its own name
  Said before;             // keep what stands before this text
  NumberKind number = NumberKind::none;                     // "5O" is 50, "45,5" is 45.5
  int digits = 0;                                           // with leading zeros to this width
  std::vector<std::string> missing;                         // values that mean: not known
  std::vector<std::pair<std::string, std::string>> values;  // 1 -> right
  std::string empty;                                        // what stands for a missing value
  std::string others;  // what values become that are not among `values`; empty: a mistake
};

/// above: more than the median of `of` among the first rows of its `by`.
struct AboveMedian {
  Said of;
  Said by;
  Said time;         // orders the rows
  double first = 1;  // share of the rows, from the earliest, that make the median
};

struct LabelRecipe {
  Said column;
  std::string name;  // the column that the classes go to; `column` where nothing is mapped
  std::vector<std::pair<std::string, std::vector<std::string>>> classes;  // class -> values
  std::optional<std::string> rest;  // class of other values; "": their rows are left out
  std::optional<AboveMedian> above_median;
};

struct ImageRecipe {
  std::vector<Said> file;     // templates over columns: "{image_id}.jpg"; the first that is there
  std::vector<Said> views;    // templates, instead of `file`: one for each picture of a row
  std::vector<Said> folders;  // inside the data folder; empty: the folder itself
  bool leave_out_absent = false;
  bool equal_in_one_group = false;  // rows that have the very same picture are of one group
  std::vector<int> bands;           // of a TIFF, for red, green and blue, from 1
};

struct NamedPrompt {
  std::string name;  // "default", "paper", ...
  Said text;
};

struct Recipe {
  std::string source;  // the file
  std::string name;
  std::vector<RecipeTable> tables;
  std::vector<std::pair<Said, std::vector<std::string>>> only;  // column -> values of rows to keep
  std::optional<ImageRecipe> image;
  std::vector<FieldRecipe> fields;
  FieldFacts facts;
  LabelRecipe label;
  Said language;              // what its texts are in: "pt"
  Said language_column;       // or the column that says it
  std::optional<Said> group;  // nothing: every row stands alone
  std::vector<NamedPrompt> prompts;
  std::vector<Said> subgroups;
  std::vector<Said> sites;
  Said protocol;  // "holdout" if the recipe says nothing
  int64_t min_groups = 0;

  /// The prompt of that name; nullptr where there is none.
  const NamedPrompt* prompt(std::string_view name) const;
};

struct RecipeMistake {
  TomlPlace place;   // line 0: of no one place
  std::string what;  // one line
};

/// "ham.toml: line 3, column 8: ...".
std::string text_of(const RecipeMistake& mistake, const std::string& source);

struct RecipeReading {
  Recipe recipe;
  std::vector<RecipeMistake> mistakes;  // in the order of the file
};

/// Every mistake that the file alone shows. UserError where it cannot be read, or is not TOML.
RecipeReading read_recipe(const std::filesystem::path& path);

}  // namespace puente
