// What the leak audit found, as JSON and as lines for the terminal.
#pragma once

#include <span>
#include <string>

#include "puente/finding.h"

#include "formats/json.h"

namespace puente {

Json findings_json(std::span<const Finding> findings);
/// Each with its severity, its figure, some of its rows and what to do; those below `least` are
/// left out. "the audit found nothing" if there is none.
std::string findings_text(std::span<const Finding> findings, Severity least);

}  // namespace puente
