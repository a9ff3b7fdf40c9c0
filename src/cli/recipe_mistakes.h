// What is wrong with a recipe, for a person.
#pragma once

#include <string>
#include <vector>

#include "puente/progress.h"

#include "recipe/recipe.h"

namespace puente::cli {

/// Says every mistake but the last, which is the UserError; nothing where there is none.
void refuse_mistakes(const std::vector<RecipeMistake>& mistakes, const std::string& source,
                     Progress& progress);

}  // namespace puente::cli
