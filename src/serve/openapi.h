// The API's own description (OpenAPI 3.1), which GET /openapi.json hands out and the tests hold
// every answer to.
#pragma once

#include "formats/json.h"

namespace puente::serve {

Json openapi_json();

}  // namespace puente::serve
