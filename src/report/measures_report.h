// What `puente inspect` says of the geometry of a table's vectors.
#pragma once

#include <string>

#include "align/table_measures.h"
#include "formats/json.h"

namespace puente {

/// Adds to "image", "text" and, where the widths are equal, "gap", "joint_components", "retrieval"
/// and "clip_loss".
void add_measures(Json& json, const TableMeasures& measures);
/// Of what add_measures() has added, but for what stands in a table of the modalities.
std::string measures_text(const Json& json);

}  // namespace puente
