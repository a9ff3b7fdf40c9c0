// What puente has left in a folder: every metrics.json and its like, wherever below it lies.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"

namespace puente {

enum class ResultKind {
  comparison,        // comparison.json
  study,             // results.csv of a study
  audit,             // audit.json, as `puente inspect --out` writes it
  embed,             // X.embed.json beside a table
  sweep,             // metrics.json of `puente sweep`
  train,             // of `puente train`
  finetune,          // of `puente finetune`
  cross_validation,  // of a training with several splits
  baselines,         // baselines.json
  evaluate,          // metrics.json of `puente evaluate`
};

/// "cross_validation"
std::string_view name_of(ResultKind kind);

struct FoundResult {
  ResultKind kind = ResultKind::train;
  std::filesystem::path file;
  std::filesystem::path folder;  // that holds it
  std::string path;              // from the folder that was searched, with /; empty: that one
  Json metrics;                  // the file; of a study {}
};

/// By kind, then by path. Links and hidden folders are not followed, and no more than eight folders
/// down. UserError: no such folder; nothing of puente's in it (which says what is); a file that is
/// damaged, or of a newer version than this program's.
std::vector<FoundResult> find_results(const std::filesystem::path& folder);

/// A JSON file with "format" and "version", as curves.json. UserError where it is not that, or
/// newer.
Json read_versioned(const std::filesystem::path& file, std::string_view format);

}  // namespace puente
