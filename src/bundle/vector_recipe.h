// How the vectors of a table were made: all that it takes to make others alike for the same
// classifier (bundle/embed_alike.h). `puente embed` writes it beside its table (X.embed.json), a
// bundle keeps it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "embed/request.h"
#include "formats/json.h"

namespace puente {

/// The part of X.embed.json that recipes_of() reads:
///
///   {"image_encoder": as encoder_identity() makes it, "image_pool": "model" or a pool's name,
///    "image_column": "image", "pictures": {"exif": "rotate", "resize": "model", "jpeg": "exact"},
///    "text_encoder": ..., "text_pool": ..., "truncate": "end",
///    "prompt": "Age: {age}." or null, "text_column": null or "report",  (one of the two)
///    "precision": {"image": "fp32", "text": "int8"}, "normalise": {"image": false, "text": false}}
///
/// A half that is not embedded is not there.
Json recipe_json(const EmbedRequest& request);

/// For each modality its part of the above, without the half's name where that says which half it
/// is of: {"encoder", "pool", "precision", "normalise", "image_column", "pictures"} and {"encoder",
/// "pool", "precision", "normalise", "prompt", "text_column", "truncate"}. null where nothing is
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
