// What a study trains on: its recipe's data and, of each encoder and prompt, the vectors, embedded
// once. For `puente run` and `puente compare`.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "puente/progress.h"

#include "cli/run_recipe.h"
#include "cli/step_runner.h"
#include "experiment/protocol.h"
#include "recipe/study.h"

namespace puente::cli {

/// An encoder's vectors of one prompt, scored by one protocol.
struct StudyCombination {
  const StudyEncoder* encoder;
  const NamedPrompt* prompt;  // nullptr: images only
  bool with_images;
  std::string protocol;

  bool both_halves() const { return with_images && prompt != nullptr; }
  std::string prompt_name() const { return prompt == nullptr ? "" : prompt->name; }
  /// "image + text".
  std::string inputs() const {
    return both_halves() ? "image + text" : with_images ? "image" : "text";
  }
  Protocol kind() const { return ProtocolOptions::parse(protocol).kind; }
  /// runs/clip/default, which all protocols share.
  std::filesystem::path base() const;
};

struct EmbeddingTables {
  Words words;                     // the tables, and how they are joined
  std::vector<std::string> files;  // the tables
  std::vector<std::string> steps;  // that made them
  Json inputs;                     // changes when one of them does
  bool two_sizes = false;          // the vectors of images and of texts
};

class StudyMaterial {
 public:
  /// Reads the study. UserError for its mistakes, and where neither it nor `out` names a folder.
  StudyMaterial(const std::string& file, const std::string& out, Progress& progress);

  const Study& study() const { return study_; }
  const Recipe& recipe() const { return recipe_; }
  const RecipeData& data() const { return data_; }
  const std::filesystem::path& out() const { return out_; }
  const std::vector<StudyCombination>& combinations() const { return combinations_; }
  /// The recipe's prompts that the study names.
  const std::vector<const NamedPrompt*>& prompts() const { return prompts_; }

  void mistake(TomlPlace place, std::string what) { mistakes_.push_back({place, std::move(what)}); }
  /// Reads the recipe, and notes what the study asks of it and of the encoders, and they cannot.
  void combine();
  /// UserError for the mistakes so far.
  void refuse();
  /// Reads the data; writes nothing. UserError for what recipe and data disagree about.
  void prepare();
  /// The data, the recipe and the study, as files in out().
  void write();

  void add_embed_places(const StudyCombination& one, std::vector<StepPlace>& places) const;
  /// Makes the tables that are not there. Encoders that share a half and its precision share its
  /// table.
  EmbeddingTables embed(const StudyCombination& one, StepRunner& steps);
  /// A step in a folder of its own bears its name.
  void do_step(StepRunner& steps, const std::string& name, Words words, Json inputs,
               std::vector<std::filesystem::path> outputs) const;
  const Json& fingerprint(const std::string& folder);

 private:
  struct MadeTable {
    std::string file;
    std::string step;
    Json inputs;
  };

  void combine_with(const StudyEncoder& encoder);
  const MadeTable& embedded(const std::string& name, const std::string& encoder,
                            const StudyEncoder& owner, const std::string& key,
                            const std::string& file, Words words, Json inputs, StepRunner& steps);

  Progress& progress_;
  std::vector<RecipeMistake> mistakes_;
  Study study_;
  std::filesystem::path out_;
  Recipe recipe_;
  RecipeData data_;
  std::vector<const NamedPrompt*> prompts_;
  std::vector<StudyCombination> combinations_;
  std::map<std::string, Json> fingerprints_;
  std::map<std::string, MadeTable> tables_;  // by what made it
};

/// Adds it unless a step of that name is there.
void add_place(std::vector<StepPlace>& places, const std::string& name,
               const std::filesystem::path& folder);

}  // namespace puente::cli
