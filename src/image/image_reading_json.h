// ImageReading as it stands in a report, and back, so that other pictures can be read the same way.
#pragma once

#include <string>

#include "formats/json.h"
#include "image/image_reading.h"

namespace puente {

/// What was set, for a report: {"frame": 2} or {"bands": [4, 3, 2], "stretch": {"percentiles":
/// [2, 98], "of": "set", "limits": [[low, high], ..]}}, or both; {} for the default.
Json image_reading_json(const ImageReading& reading);

/// What image_reading_json wrote, among other keys of an object. UserError, with `source` in it,
/// for what it cannot have written.
ImageReading image_reading_of(const Json& json, const std::string& source);

}  // namespace puente
