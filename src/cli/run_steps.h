// The steps of `puente run`: each is a command that a person could give by hand, and is passed over
// where this version of the program has done it before with the same words and the same files.
// RESULTS/run.json keeps the book:
//
//   steps    of the run that was given last: command, inputs, version, seconds, own_process and
//            energy_joules (where it was measured); "unfinished" while a step is done, and after it
//            was interrupted
//   earlier  steps of earlier runs that this one does not have (of another protocol); their results
//            stay, and count when a run has the step again
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "formats/json.h"

namespace puente::cli {

struct StepPlace {
  std::string name;              // "train"
  std::filesystem::path folder;  // that nothing but the step writes to; empty: it has none
};

/// One command. It reads what `inputs` say, and has made `outputs` when it is done.
struct RunStep : StepPlace {
  std::vector<std::string> words;  // the command line, without "puente"
  Json inputs;                     // whatever changes when a file that it reads does
  std::vector<std::filesystem::path> outputs;
};

struct StepCost {
  double seconds = 0;
  std::optional<double> energy_joules = {};
  bool own_process = false;  // so that the peak memory which its results tell is its own
};

class RunBook {
 public:
  /// Of the folder `results`, which may have one already. UserError where it is not readable.
  RunBook(std::filesystem::path results, std::string recipe);

  /// The steps that this run has; others are of earlier ones. UserError where a step's folder holds
  /// what no run has made: begin() would erase it.
  void plan(const std::vector<StepPlace>& places);
  bool is_done(const RunStep& step) const;
  /// Erases what the step has made before, in the book first; but not where the same step was
  /// interrupted, which may have left something to go on from.
  void begin(const RunStep& step);
  /// Written at once, so that an interrupted run goes on after its last step.
  void set_done(const RunStep& step, const StepCost& cost);
  const Json& json() const { return json_; }

 private:
  void write() const;

  std::filesystem::path file_;
  Json json_;
};

/// Of every file of a model's folder (and of folders in it, such as 1_Pooling) or of a GGUF's
/// parts: its size and its content, in samples where it is large.
Json encoder_fingerprint(const std::filesystem::path& path);
/// Of the pictures at `names` in `folder`: sizes and times of change, as one hash. A name may be
/// empty: no picture.
std::string pictures_fingerprint(const std::filesystem::path& folder,
                                 const std::vector<std::string>& names);

}  // namespace puente::cli
