// report.html: the page with a document in it, one file that needs nothing else.
#pragma once

#include <filesystem>

#include "formats/json.h"

namespace puente {

/// UserError where the program was built without its pages, saying how to get them.
void write_report(const std::filesystem::path& file, const Json& document);

}  // namespace puente
