// A command of puente in a process of its own.
#pragma once

#include <string>
#include <vector>

#include "cli/run_steps.h"

namespace puente::cli {

/// Words as on the command line, without the program's name. What it prints as its
/// result goes nowhere (it is in its files), its progress and errors where ours do. Interrupted
/// where we are, after it has ended; UserError where it fails, which it has explained itself.
StepCost run_in_own_process(const std::vector<std::string>& words);

/// Is this process one that run_in_own_process() has started?
bool is_step_of_another();

}  // namespace puente::cli
