// A finished sweep as files (sweep.csv, metrics.json, verdict.md) and as a table for the terminal.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "experiment/alignment_verdict.h"
#include "experiment/sweep.h"
#include "formats/json.h"
#include "report/run_report.h"

namespace puente {

/// A sweep that is done; all but the verdict is borrowed.
struct FinishedSweep {
  const Dataset& dataset;
  std::span<const NamedSplit> splits;
  const SweepPlan& plan;
  const SweepResult& result;
  std::optional<AlignmentVerdict> verdict = {};  // none under paper, and where it was not asked for
};

Json sweep_json(const FinishedSweep& sweep, const RunContext& context);
std::string sweep_text(const FinishedSweep& sweep, const RunContext& context);
/// Into an existing folder. sweep.csv has one line per cell.
void write_sweep(const std::filesystem::path& folder, const FinishedSweep& sweep,
                 const Json& metrics);

}  // namespace puente
