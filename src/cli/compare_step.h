// What the steps of `puente compare` share: where a training goes, when it is done again, and what
// it cost.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/step_runner.h"
#include "cli/study_material.h"
#include "compare/paper_figures.h"

namespace puente::cli {

inline constexpr const char* kPaperWay = "paper";

/// The trainings of one approach with one kind of fusion: one under the paper's protocol, and one
/// for each seed under the honest one. Each bears its folder's name:
/// runs/clip/default/holdout/early-seed0.
struct ComparedTrainings {
  std::filesystem::path base;  // "runs/clip/default"
  std::string fusion;
  std::string protocol;  // the honest one
  int64_t seeds = 0;

  std::string paper() const { return (base / kPaperWay / fusion).string(); }
  std::string honest(int64_t seed) const;
  std::vector<std::string> all() const;
};

/// Times are of a machine and a number of threads: a training is done again on another.
Json with_machine(Json inputs, int threads);

/// "clip", or "clip, notes" where the study has several prompts.
std::string approach_name(const StudyMaterial& material, const std::string& name,
                          const NamedPrompt* prompt);

/// What the paper prints, where the study's recipe is one of its data sets'.
std::optional<PaperFigures> published_figures(const StudyMaterial& material, PaperApproach approach,
                                              const std::string& fusion);

/// Of a step that is done.
StepCost cost_in_book(const Json& book, const std::string& step);

/// Nothing where one of them is not known.
std::optional<double> sum_of(std::optional<double> a, std::optional<double> b);

/// What the metrics of a run warn of, each once, to those that are there.
void add_cautions(const Json& metrics, std::vector<std::string>& cautions);

}  // namespace puente::cli
