// The raw approaches of `puente compare`: encoders trained on pictures and texts by `puente
// finetune`, frozen, whole, and small ones from random weights.
#pragma once

#include <string>
#include <vector>

#include "cli/compare_step.h"
#include "cli/step_runner.h"
#include "cli/study_material.h"
#include "compare/comparison.h"

namespace puente::cli {

class RawApproaches {
 public:
  /// `budget` as `finetune` takes it, of each training; empty for none. A mistake of the study
  /// where it wants raw approaches and the recipe lacks images or prompts.
  RawApproaches(StudyMaterial& material, std::string protocol, std::string budget, int threads);

  void add_places(std::vector<StepPlace>& places) const;
  /// Does what is not done yet, adds a row for each. Those that the budget ends have no scores.
  void compare(StepRunner& steps, Comparison& comparison);

 private:
  struct Kind {
    std::string name;  // "raw, frozen"
    bool frozen;
    bool published;  // is what the paper compares with
    Words models;
  };
  struct One {
    const Kind* kind;
    const NamedPrompt* prompt;
    std::string fusion;
  };

  std::vector<One> all() const;
  ComparedTrainings trainings(const One& one) const;
  Words words(const One& one, const std::string& protocol, int64_t seed,
              const std::string& place) const;
  /// `words` with the budget; or, where an earlier command differs in the budget alone and ended
  /// within it, that command: what it has written is the same under any larger one.
  Words with_budget(Words words, const Json& earlier, const std::filesystem::path& metrics) const;
  ComparedRow row(const One& one, StepRunner& steps, Comparison& comparison);

  StudyMaterial& material_;
  std::string protocol_, budget_;
  int threads_;
  std::vector<Kind> kinds_;
};

}  // namespace puente::cli
