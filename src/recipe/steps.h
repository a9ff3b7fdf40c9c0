// The steps of prepare(), in order. Each notes mistakes at their place in the recipe and goes on
// where it can.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/prepare.h"

namespace puente {

/// What a step works on.
struct Preparation {
  const Recipe& recipe;
  std::filesystem::path data;
  Prepared out;
  std::vector<char> median_rows = {};  // 1: the row has made a median of the label; empty: none

  void mistake(TomlPlace place, std::string what);
  void note(std::string line);
  /// The column; a mistake, and nullptr, where the manifest has none.
  Column* column(const Said& name);
  /// Keeps the rows for which `kept` is true.
  void keep_rows(const std::vector<char>& kept);
};

/// "80.0", "080" and "80" are one; other texts as they stand, without blanks around them.
std::string canonical(std::string_view value);

/// The columns that a template uses.
std::vector<std::string> columns_of(const Said& prompt);

/// The column of that name, made if it is not there.
Column& column_or_new(Manifest& manifest, const std::string& name);

/// Files below `folder` that match `pattern`, sorted, with what its {...} stand for. Links are
/// followed as any path is.
struct MatchingFile {
  std::string path;  // from `folder`, with /
  std::vector<std::string> found;
};
std::vector<MatchingFile> matching_files(const std::filesystem::path& folder,
                                         const std::string& pattern);
/// One table as the recipe says, alone. Nothing after a mistake.
std::optional<Manifest> read_source(const RecipeTable& source, Preparation& work);
/// Adds the columns of `right` to the rows of `left` whose `keys` are equal.
void join_source(const RecipeTable& source, const Manifest& right, Preparation& work);

void keep_only(Preparation& work);
void clean_fields(Preparation& work);
void make_label(Preparation& work);
/// The classes of label.above_median; empty where a row has none.
std::vector<std::string> above_median(const AboveMedian& rule, Preparation& work);
/// Rows that the protocol scores should not make the medians. A mistake where the recipe can help
/// it, else a note.
void check_median_rows(Preparation& work);
void find_pictures(Preparation& work);
/// Makes the column puente_group, in which groups that share a picture are one.
void join_groups_of_equal_pictures(Preparation& work);

}  // namespace puente
