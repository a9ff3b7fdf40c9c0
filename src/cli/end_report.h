// The page that stands at the end of a command which makes many results.
#pragma once

#include <filesystem>
#include <string>

#include "puente/progress.h"

namespace puente::cli {

/// report.html into the folder of results, and the line that names it. Where it cannot be made, a
/// note says why: that is no reason for the command to fail.
std::string write_end_report(const std::filesystem::path& folder, Progress& progress);

}  // namespace puente::cli
