// The commands that make results again, as far as their files tell.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"
#include "results/find_results.h"

namespace puente {

/// Of a run, those of its book (run.json) in their order; else one for each result, from its
/// options. Lines for a shell.
std::vector<std::string> commands_again(const std::filesystem::path& folder,
                                        const std::vector<FoundResult>& found);

}  // namespace puente
