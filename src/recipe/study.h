// Study: what `puente run` and `puente compare` compare, in a TOML file: one recipe and its data,
// encoders, prompts, protocols, kinds of fusion, alignments. docs/studies.md explains every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "recipe/recipe.h"

namespace puente {

/// Paths are as they can be opened; empty where the study names none.
struct StudyEncoder {
  Said name;
  std::string image;
  std::string text;
  std::string precision = "fp32";
  TomlPlace place;
};

/// Encoders trained on the pictures and texts themselves, for `puente compare`.
struct StudyRaw {
  std::string image, text;  // model folders, or both empty
  bool scratch = false;     // and small ones from random weights
};

struct Study {
  std::string source;  // the file
  std::string name;
  Said recipe;       // a name, or a file as it can be opened
  std::string data;  // a folder
  std::string out;   // empty where the study does not say
  std::vector<StudyEncoder> encoders;
  std::optional<StudyRaw> raw;
  std::vector<Said> prompts;    // names of the recipe's
  std::vector<Said> protocols;  // empty: what the recipe says
  std::vector<Said> fusions;
  std::vector<Said> aligns;  // of which kShift means: by the lambda that validation rows choose
  std::string lambdas = "-1:1:0.25";
  int64_t seeds = 3;  // for each lambda and fusion
  bool baselines = true;
  bool despite_leaks = false;
};

inline constexpr std::string_view kShift = "shift";

struct StudyReading {
  Study study;
  std::vector<RecipeMistake> mistakes;  // in the order of the file
};

/// Every mistake that the file and the folders that it names show. Relative paths start at the
/// file's own folder. UserError where it cannot be read, or is not TOML.
StudyReading read_study(const std::filesystem::path& path);

/// A name as a folder's: other signs than letters, digits, '.', '_' and '-' become '-'.
std::string folder_name(std::string_view name);

}  // namespace puente
