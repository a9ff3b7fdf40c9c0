// What `puente recipe check` found, as JSON and as lines for a person.
#pragma once

#include <optional>
#include <string>

#include "formats/json.h"
#include "recipe/prepare.h"

namespace puente {

/// `prepared`: where a data folder was given.
Json recipe_json(const Recipe& recipe, const std::optional<Prepared>& prepared,
                 const std::vector<RecipeMistake>& mistakes);
std::string recipe_text(const Json& json);

}  // namespace puente
