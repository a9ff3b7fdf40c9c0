#include "cli/step_runner.h"

#include <utility>
#include <vector>

#include "base/resources.h"
#include "cli/shell_words.h"

namespace puente::cli {

StepRunner::StepRunner(const Common& common, const std::filesystem::path& results,
                       std::string source, Progress& progress)
    : common_(common), progress_(progress), book_(results, std::move(source)) {}

void StepRunner::run(const RunStep& step) {
  if (book_.is_done(step)) {
    progress_.note(fmt::format("{}: done before, with the same inputs", step.name));
    return;
  }
  progress_.note("puente " + shell_words(step.words));
  book_.begin(step);
  const Stopwatch watch;
  std::vector<std::string> words = step.words;
  words.insert(words.end(), {"--threads", std::to_string(common_.threads)});
  if (common_.quiet || common_.json) words.push_back("--quiet");
  run_command_line(words);
  book_.set_done(step, watch.seconds());
}

}  // namespace puente::cli
