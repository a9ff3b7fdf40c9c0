// Baselines beside a fusion classifier, as files (baselines.json, baselines.csv) and as a table.
#pragma once

#include <filesystem>
#include <string>

#include "experiment/baselines.h"
#include "formats/json.h"
#include "report/run_report.h"

namespace puente {

Json baselines_json(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                    const Baselines& result, const RunContext& context);
std::string baselines_text(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                           const Baselines& result, const RunContext& context);
/// Into an existing folder.
void write_baselines(const std::filesystem::path& folder, const Baselines& result,
                     const Json& json);

}  // namespace puente
