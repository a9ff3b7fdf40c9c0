// The steps of `puente run`: each is a command that a person could give by hand, and is passed over
// where it was done before with the same words and the same files. RESULTS/run.json keeps the book.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "formats/json.h"

namespace puente::cli {

/// One command. It reads what `inputs` say, and has made `output` when it is done.
struct RunStep {
  std::string name;                // "embed"
  std::vector<std::string> words;  // the command line, without "puente"
  Json inputs;                     // whatever changes when a file that it reads does
  std::vector<std::filesystem::path> outputs;
};

class RunBook {
 public:
  /// Of the folder `results`, which may have one already. UserError where it is not readable.
  RunBook(std::filesystem::path results, std::string recipe);

  bool is_done(const RunStep& step) const;
  /// Written at once, so that an interrupted run goes on after its last step.
  void set_done(const RunStep& step, double seconds);
  const Json& json() const { return json_; }

 private:
  std::filesystem::path file_;
  Json json_;
};

/// Size and content (in samples, where it is large) of a file, or of all files of a folder.
Json fingerprint_of(const std::filesystem::path& path);
/// Of the pictures at `names` in `folder`: sizes and times of change, as one hash.
std::string pictures_fingerprint(const std::filesystem::path& folder,
                                 const std::vector<std::string>& names);

}  // namespace puente::cli
