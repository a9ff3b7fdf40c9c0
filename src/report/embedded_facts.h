// What embed left beside its tables (X.embed.json, X.images.csv), for the leak audit.
#pragma once

#include <span>
#include <string>

#include "audit/audit.h"
#include "formats/json.h"

namespace puente {

/// Fills input.cut_texts, pictures and stretched_over. `tables` were joined to the table whose
/// columns the input has; reports[i] is that beside tables[i], or null. UserError where one
/// of the files is not what embed writes.
void add_embedded_facts(AuditInput& input, std::span<const std::string> tables,
                        std::span<const Json> reports);

}  // namespace puente
