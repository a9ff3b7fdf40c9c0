// From a request's body to what is asked: JSON that is bounded in depth and size, data URLs, fields
// of a template. Everything is in memory, and nothing in a request is a path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/json.h"
#include "serve/limits.h"

namespace puente::serve {

/// HttpError 400 where the text is not JSON, is nested deeper than eight levels, holds more values
/// than any request needs, or has a key twice.
Json parse_body(std::string_view text);

/// One record as it was sent.
struct RecordInput {
  std::vector<std::string> pictures;  // file bytes
  std::optional<std::string> text;
  std::optional<std::vector<std::pair<std::string, std::string>>> fields;  // instead of a text
};

/// {"image": data URL or a list of them, "text": ... or "fields": {...}}, or {"inputs": [those]}.
/// HttpError 400 says which part is wrong, 413 where there are more than limits.batch.
std::vector<RecordInput> predict_inputs(const Json& body, const Limits& limits);

struct EmbeddingsInput {
  std::string model;            // empty: not named
  std::vector<RecordInput> of;  // each a picture or a text
  bool base64 = false;
  std::optional<int64_t> dimensions;
};

/// OpenAI's form: {"model", "input": text or list of them, "encoding_format": "float" or "base64"};
/// a text that is a data URL of an image is a picture.
EmbeddingsInput embeddings_input(const Json& body, const Limits& limits);

}  // namespace puente::serve
