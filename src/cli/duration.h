// A time as an option has it: "90s", "20m", "1.5h". Never without its unit, which people guess
// differently.
#pragma once

#include <CLI/CLI.hpp>

namespace puente::cli {

/// Makes the option's words seconds, or says what is wrong with them.
CLI::Validator seconds_from_duration();
/// Lets the words stand.
CLI::Validator is_duration();

}  // namespace puente::cli
