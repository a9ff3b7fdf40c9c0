// puente run STUDY: everything that a study names, embedded once, trained, and compared.
#pragma once

#include <string>

#include "cli/command.h"

namespace puente::cli {

/// `out` may be empty where the study says it. UserError for every mistake of the study, its recipe
/// and its data before anything is written.
void run_study(const Common& common, const std::string& study, const std::string& out);

}  // namespace puente::cli
