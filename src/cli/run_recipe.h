// What a recipe and its data mean for the commands of a run: the manifest that it makes, and the
// options that follow from it. For a run of one recipe and for a study alike.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "recipe/prepare.h"
#include "recipe/recipe.h"

namespace puente::cli {

using Words = std::vector<std::string>;

void append_words(Words& words, const Words& more);
/// Nothing where the value is empty.
void append_option(Words& words, const std::string& option, const std::string& value);
/// "sex,age".
std::string comma_list(const std::vector<Said>& names);

/// By name or file. UserError for its mistakes.
Recipe recipe_named(const std::string& name, Progress& progress);

struct RecipeData {
  Prepared prepared;
  std::filesystem::path manifest_file, facts_file;
  std::string manifest_hash;
  std::string pictures;  // pictures_fingerprint(); empty where the recipe has none

  /// UserError for what recipe and data disagree about. Writes nothing.
  void prepare(const Recipe& recipe, const std::string& data, Progress& progress);
  /// A column `name`, 1, 2, ..., by which tables of images and of texts are joined.
  void number_rows(const std::string& name);
  /// manifest.csv, facts.toml and recipe.toml into `out`.
  void write(const std::filesystem::path& out);

 private:
  std::string facts_, recipe_file_;
};

/// For `embed`.
Words image_words(const Recipe& recipe, const std::string& data);
Words text_words(const Recipe& recipe, const NamedPrompt& prompt);
/// The columns that its texts are made of, as --tabular takes them: "age,sex". Without those of
/// free text, which have too many values to be columns.
std::string tabular_columns(const NamedPrompt& prompt, const Manifest& manifest);

/// The commands on a table (or on two, joined) of the recipe's data.
class TableCommands {
 public:
  TableCommands(const Recipe& recipe, const RecipeData& data, Words tables, std::string protocol,
                bool despite_leaks);

  Words inspect(const std::string& tabular, const std::filesystem::path& out) const;
  /// Of its further options, those that the recipe has no say in are left to the caller.
  Words sweep(const std::filesystem::path& out) const;
  /// `align` as --align takes it.
  Words train(const std::string& fusion, const std::string& align,
              const std::filesystem::path& out) const;
  /// Its tables are none; the raw data and the models are left to the caller.
  Words finetune(const std::string& fusion, const std::filesystem::path& out) const;
  Words baselines(const std::string& fusion, const std::string& align, const std::string& tabular,
                  const std::filesystem::path& out) const;

 private:
  Words training(const std::string& command, const std::filesystem::path& out) const;
  Words on_tables(const std::string& command) const;

  const Recipe& recipe_;
  const RecipeData& data_;
  Words tables_;
  std::string protocol_;
  bool despite_leaks_;
};

}  // namespace puente::cli
