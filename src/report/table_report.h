// What `puente inspect` says of an embedding table.
#pragma once

#include <string>

#include "puente/table.h"

#include "align/table_measures.h"
#include "formats/json.h"

namespace puente {

/// Rows, sizes, the measures of the vectors, repeated vectors, and, where named, classes and
/// groups. UserError if a named column is not there.
Json table_json(const EmbeddingTable& table, const TableMeasures& measures,
                const std::string& label, const std::string& group);
/// And, where the caller has put them in, "labels" as answers_json() gives them.
std::string table_text(const Json& json);

}  // namespace puente
