// What a page needs to know before it asks: GET /v1/bundle.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"
#include "serve/api.h"

namespace puente::serve {

/// As openapi.json has it; of an encoder alone "bundle" is null and "labels" are none. `encoder`:
/// nullptr while it is being loaded; what only it knows is null then.
Json bundle_json(const Served& served, const RecordEncoder* encoder, const Limits& limits);

/// Names that an embedding's "model" may have: the image encoder's, the text encoder's, the
/// bundle's.
std::vector<std::string> model_names(const Served& served);

}  // namespace puente::serve
