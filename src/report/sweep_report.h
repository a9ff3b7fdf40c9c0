// A finished sweep as files (sweep.csv, metrics.json) and as a table for the terminal.
#pragma once

#include <filesystem>
#include <string>

#include "experiment/sweep.h"
#include "formats/json.h"
#include "report/run_report.h"

namespace puente {

Json sweep_json(const Dataset& dataset, const Split& split, const SweepPlan& plan,
                const SweepResult& result, const RunContext& context);
std::string sweep_text(const Dataset& dataset, const Split& split, const SweepPlan& plan,
                       const SweepResult& result, const RunContext& context);
/// Into an existing folder. sweep.csv has one line per cell.
void write_sweep(const std::filesystem::path& folder, const SweepPlan& plan,
                 const SweepResult& result, const Json& metrics);

}  // namespace puente
