// Does the steps of a run one after the other, those that were not done before.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "cli/command.h"
#include "cli/run_steps.h"

namespace puente::cli {

/// In this process; or each in one of its own, so that its peak memory is its own too and the
/// energy that the machine draws meanwhile is known.
enum class StepProcess { this_one, own };

class StepRunner {
 public:
  /// `source`: the recipe or study that the book names. UserError as RunBook.
  StepRunner(const Common& common, const std::filesystem::path& results, std::string source,
             Progress& progress, StepProcess process = StepProcess::this_one);

  /// As RunBook.
  void plan(const std::vector<StepPlace>& places) { book_.plan(places); }
  /// Notes the command before it runs, or that it was done before.
  void run(const RunStep& step);
  const Json& book() const { return book_.json(); }

 private:
  StepCost cost_of(const std::vector<std::string>& words) const;

  const Common& common_;
  StepProcess process_;
  Progress& progress_;
  RunBook book_;
};

}  // namespace puente::cli
