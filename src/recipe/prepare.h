// A recipe and a data folder make a manifest: tables read, reshaped and joined, fields cleaned, the
// label made, pictures found. Nothing after it knows of recipes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/manifest.h"
#include "recipe/recipe.h"

namespace puente {

/// The columns of a prepared manifest that name a row's pictures, from the data folder:
/// puente_image, or, of several views, puente_image_1, ...
std::vector<std::string> image_column_names(const ImageRecipe& image);

struct Prepared {
  Manifest manifest;                    // as far as it came
  std::string group;                    // its column of groups; empty: every row stands alone
  std::vector<std::string> notes;       // what a person should know: rows left out, files absent
  std::vector<RecipeMistake> mistakes;  // what recipe and data disagree about
};

/// With mistakes the manifest is not to be used. UserError where `data` is no folder.
Prepared prepare(const Recipe& recipe, const std::filesystem::path& data);

}  // namespace puente
