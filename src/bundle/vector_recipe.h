// How the vectors of a table were made, as far as other vectors must be made alike to be put to the
// same classifier. It comes from what `puente embed` writes beside its table (X.embed.json).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "formats/json.h"

namespace puente {

/// A JSON object for each modality: its encoder (folder, hashes), pool, normalise and precision;
/// for images the picture settings, for texts the prompt and truncation. null where nothing is
/// known.
struct VectorRecipes {
  Json image;
  Json text;
  bool untrained = false;  // an encoder's weights are random numbers
};

/// Of a table, or of two that were joined, each with its report or null.
VectorRecipes recipes_of(std::span<const Json> reports);

/// Are vectors of `table`, made as `found` says, those that the bundle's classifier knows?
/// UserError where the encoder, its pool or the normalisation is another. What may move the numbers
/// a little (prompt, precision, picture settings), and what is not known, comes back as lines that
/// say so.
std::vector<std::string> compare_recipes(const std::string& half, const Json& bundles,
                                         const Json& found, const std::string& table);

}  // namespace puente
