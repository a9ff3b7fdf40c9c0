// One table of a recipe while it is read: asks for keys by their type, notes every mistake with its
// place, and at the end the keys that nobody asked for.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "puente/error.h"

#include "recipe/recipe.h"

namespace puente {

class RecipeSection {
 public:
  /// The table at `way` of the file; an empty one if it is not a table, which is noted.
  RecipeSection(const PlacedToml& file, std::vector<std::string> way,
                std::vector<RecipeMistake>& mistakes);

  bool has(const std::string& key);
  /// Empty where the key is absent, or not of that type.
  Said text(const std::string& key);
  /// A number is taken as its text: 1/2 codes.
  std::vector<Said> texts(const std::string& key);
  bool flag(const std::string& key);
  int64_t whole(const std::string& key, int64_t least);
  double share(const std::string& key, double otherwise);
  /// key -> text, in the order of the file.
  std::vector<std::pair<Said, Said>> text_table(const std::string& key);
  /// key -> list of texts.
  std::vector<std::pair<Said, std::vector<Said>>> list_table(const std::string& key);
  /// The sections of a table of tables, or of a list of tables.
  std::vector<std::pair<std::string, RecipeSection>> sections(const std::string& key);
  /// The sections of a list of tables, or the one table that stands for a list of one.
  std::vector<RecipeSection> one_or_more(const std::string& key);
  RecipeSection section(const std::string& key);

  void require(const std::string& key, std::string_view example);
  void mistake(const std::string& key, std::string what);
  TomlPlace place() const;
  TomlPlace place_of_key(const std::string& key) const;
  /// Notes the keys that were not asked for, with the nearest known one.
  void finish();

 private:
  const Json* find(const std::string& key);
  std::vector<std::string> way_to(const std::string& key) const;
  TomlPlace value_place(const std::vector<std::string>& way) const;
  std::string name_of(const std::string& key) const;
  bool as_text(const Json& value, const std::vector<std::string>& way, Said& out);
  void note(TomlPlace place, std::string what);

  const PlacedToml& file_;
  std::vector<std::string> way_;
  std::vector<RecipeMistake>& mistakes_;
  const Json* table_ = nullptr;
  std::vector<std::string> known_;
};

/// A mistake that another room words: its text, at our place.
template <class Statement>
void note_errors(const Said& said, std::vector<RecipeMistake>& mistakes, Statement&& statement) {
  try {
    statement();
  } catch (const UserError& error) {
    mistakes.push_back({said.place, error.what()});
  }
}

/// In the order of the file.
void sort_by_place(std::vector<RecipeMistake>& mistakes);

}  // namespace puente
