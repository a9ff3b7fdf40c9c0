#include "serve/request_json.h"

#include <fmt/format.h>
#include <initializer_list>
#include <set>

#include "base/base64.h"
#include "serve/http.h"

namespace puente::serve {
namespace {

constexpr int kMostDepth = 8;
constexpr int64_t kMostValues = 20'000;

[[noreturn]] void refuse(const std::string& param, const std::string& message) {
  throw HttpError(400, param + ": " + message, param);
}

/// Looks at every event of the parser, and throws where it is too much.
class Bounds {
 public:
  bool see(int depth, Json::parse_event_t event, const Json& value) {
    using Event = Json::parse_event_t;
    if (event != Event::object_end && event != Event::array_end) {
      if (depth > kMostDepth) {
        throw HttpError(400, fmt::format("the JSON is nested deeper than {} levels", kMostDepth));
      }
      if (++values_ > kMostValues) {
        throw HttpError(400, fmt::format("the JSON holds more than {} values", kMostValues));
      }
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second) {
      throw HttpError(400, "the JSON has a key twice in one object");
    }
    return true;
  }

 private:
  int64_t values_ = 0;
  std::vector<std::set<std::string>> keys_;  // of the open objects
};

void check_keys(const Json& json, const std::string& where,
                std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string shown = key.size() > 40 ? key.substr(0, 40) + "..." : key;
    refuse(where.empty() ? "body" : where, "there is no such key: " + dumped(Json(shown)));
  }
}

std::string checked_text(const Json& value, const std::string& param) {
  if (!value.is_string()) refuse(param, "not a text");
  const auto& text = value.get_ref<const std::string&>();
  if (std::ssize(text) > kMostTextBytes) {
    throw HttpError(413, fmt::format("{}: a text of more than {} bytes", param, kMostTextBytes),
                    param);
  }
  return text;
}

/// The bytes of "data:image/png;base64,...".
std::string picture_of(const Json& value, const std::string& param) {
  if (!value.is_string()) refuse(param, "not a data URL");
  const std::string_view url = value.get_ref<const std::string&>();
  const size_t comma = url.substr(0, 256).find(',');
  const std::string_view head = url.substr(0, comma == url.npos ? 0 : comma);
  if (!head.starts_with("data:") || !head.ends_with(";base64")) {
    refuse(param, "not a data URL, such as data:image/png;base64,...");
  }
  std::optional<std::string> bytes = from_base64(url.substr(comma + 1));
  if (!bytes) refuse(param, "what follows the comma is not base64");
  if (bytes->empty()) refuse(param, "the picture is empty");
  return std::move(*bytes);
}

std::string field_text(const Json& value, const std::string& param) {
  if (value.is_null()) return "";
  if (value.is_number() || value.is_boolean()) return value.dump();
  return checked_text(value, param);
}

RecordInput input_of(const Json& json, const std::string& where) {
  const std::string prefix = where.empty() ? "" : where + ".";
  if (!json.is_object()) refuse(where.empty() ? "body" : where, "not an object");
  check_keys(json, where, {"image", "text", "fields"});
  RecordInput input;
  if (json.contains("image") && !json["image"].is_null()) {
    const Json& image = json["image"];
    if (!image.is_array()) {
      input.pictures.push_back(picture_of(image, prefix + "image"));
    } else {
      for (const Json& one : image) input.pictures.push_back(picture_of(one, prefix + "image"));
    }
  }
  const bool has_text = json.contains("text") && !json["text"].is_null();
  if (has_text) input.text = checked_text(json["text"], prefix + "text");
  if (json.contains("fields") && !json["fields"].is_null()) {
    if (has_text) refuse(prefix + "fields", "give text or fields, not both");
    if (!json["fields"].is_object()) refuse(prefix + "fields", "not an object");
    input.fields.emplace();
    for (const auto& [name, value] : json["fields"].items()) {
      input.fields->emplace_back(name, field_text(value, prefix + "fields"));
    }
  }
  return input;
}

void check_batch(size_t inputs, const std::string& param, const Limits& limits) {
  if (inputs == 0) refuse(param, "an empty list");
  if (static_cast<int64_t>(inputs) > limits.batch) {
    throw HttpError(
        413, fmt::format("{}: {} inputs, and a request may have {}", param, inputs, limits.batch),
        param);
  }
}

RecordInput one_to_embed(const Json& value, const std::string& param) {
  if (!value.is_string()) refuse(param, "not a text or a data URL (lists of tokens are not read)");
  RecordInput input;
  if (value.get_ref<const std::string&>().starts_with("data:")) {
    input.pictures.push_back(picture_of(value, param));
  } else {
    input.text = checked_text(value, param);
  }
  return input;
}

}  // namespace

Json parse_body(std::string_view text) {
  Bounds bounds;
  try {
    return Json::parse(text.begin(), text.end(),
                       [&bounds](int depth, Json::parse_event_t event, const Json& value) {
                         return bounds.see(depth, event, value);
                       });
  } catch (const Json::parse_error& error) {
    throw HttpError(400, fmt::format("the body is not JSON (byte {})", error.byte));
  } catch (const Json::exception&) {
    throw HttpError(400, "the body is not usable JSON (a number out of range)");
  }
}

std::vector<RecordInput> predict_inputs(const Json& body, const Limits& limits) {
  if (!body.is_object()) refuse("body", "not a JSON object");
  if (!body.contains("inputs")) return {input_of(body, "")};
  check_keys(body, "", {"inputs"});
  const Json& list = body["inputs"];
  if (!list.is_array()) refuse("inputs", "not a list");
  check_batch(list.size(), "inputs", limits);
  std::vector<RecordInput> inputs;
  for (size_t i = 0; i < list.size(); ++i) {
    inputs.push_back(input_of(list[i], fmt::format("inputs[{}]", i)));
  }
  return inputs;
}

EmbeddingsInput embeddings_input(const Json& body, const Limits& limits) {
  if (!body.is_object()) refuse("body", "not a JSON object");
  check_keys(body, "", {"model", "input", "encoding_format", "dimensions", "user"});
  EmbeddingsInput input;
  if (body.contains("model")) input.model = checked_text(body["model"], "model");
  if (!body.contains("input")) refuse("input", "missing");
  const Json& list = body["input"];
  if (list.is_array()) {
    check_batch(list.size(), "input", limits);
    for (size_t i = 0; i < list.size(); ++i) {
      input.of.push_back(one_to_embed(list[i], fmt::format("input[{}]", i)));
    }
  } else {
    input.of.push_back(one_to_embed(list, "input"));
  }
  if (body.contains("encoding_format")) {
    const Json& format = body["encoding_format"];
    if (format != "float" && format != "base64") refuse("encoding_format", "float or base64");
    input.base64 = format == "base64";
  }
  if (body.contains("dimensions") && !body["dimensions"].is_null()) {
    const Json& dimensions = body["dimensions"];
    if (!dimensions.is_number_integer()) refuse("dimensions", "not a whole number");
    input.dimensions = dimensions.is_number_unsigned() && dimensions.get<uint64_t>() > 1u << 30
                           ? int64_t{1} << 30
                           : dimensions.get<int64_t>();
  }
  return input;
}

}  // namespace puente::serve
