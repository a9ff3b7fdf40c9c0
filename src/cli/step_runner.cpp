#include "cli/step_runner.h"

#include <utility>
#include <vector>

#include "base/resources.h"
#include "base/shell_words.h"
#include "cli/own_process.h"

namespace puente::cli {

StepRunner::StepRunner(const Common& common, const std::filesystem::path& results,
                       std::string source, Progress& progress, StepProcess process)
    : common_(common), process_(process), progress_(progress), book_(results, std::move(source)) {}

void StepRunner::run(const RunStep& step) {
  if (book_.is_done(step)) {
    progress_.note(fmt::format("{}: done before, with the same inputs", step.name));
    return;
  }
  progress_.note("puente " + shell_words(step.words));
  book_.begin(step);
  std::vector<std::string> words = step.words;
  words.insert(words.end(), {"--threads", std::to_string(common_.threads)});
  if (common_.quiet || common_.json) words.push_back("--quiet");
  book_.set_done(step, cost_of(words));
}

StepCost StepRunner::cost_of(const std::vector<std::string>& words) const {
  if (process_ == StepProcess::own) return run_in_own_process(words);
  const Stopwatch watch;
  run_command_line(words);
  return {watch.seconds()};
}

}  // namespace puente::cli
