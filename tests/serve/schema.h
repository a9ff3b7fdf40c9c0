// As much of JSON Schema as src/serve/openapi.json uses: is a value what the schema says?
#pragma once

#include <string>

#include "formats/json.h"

namespace puente::test {

inline std::string type_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "boolean";
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  return value.is_array() ? "array" : "object";
}

/// Where it is not, and why; empty where it is.
inline std::string mismatch(const Json& document, const Json& schema, const Json& value,
                            const std::string& where = "") {
  if (schema.contains("$ref")) {
    const std::string path = schema["$ref"].get<std::string>().substr(1);
    return mismatch(document, document[Json::json_pointer(path)], value, where);
  }
  if (schema.contains("oneOf")) {
    std::string last;
    int fit = 0;
    for (const Json& one : schema["oneOf"]) {
      const std::string problem = mismatch(document, one, value, where);
      problem.empty() ? void(++fit) : void(last = problem);
    }
    if (fit == 1) return "";
    return fit == 0 ? last : where + ": fits several";
  }
  if (schema.contains("enum")) {
    for (const Json& one : schema["enum"]) {
      if (one == value) return "";
    }
    return where + ": none of the known words: " + value.dump();
  }
  if (schema.contains("type")) {
    bool fits = false;
    const auto allows = [&](const std::string& type) {
      fits = fits || type == type_of(value) || (type == "number" && value.is_number());
    };
    if (schema["type"].is_array()) {
      for (const Json& type : schema["type"]) allows(type);
    } else {
      allows(schema["type"]);
    }
    if (!fits) return where + ": a " + type_of(value) + " where " + schema["type"].dump() + " is";
  }
  if (value.is_array() && schema.contains("items")) {
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string problem =
          mismatch(document, schema["items"], value[i], where + "/" + std::to_string(i));
      if (!problem.empty()) return problem;
    }
  }
  if (!value.is_object()) return "";
  const Json properties = schema.value("properties", Json::object());
  for (const Json& name : schema.value("required", Json::array())) {
    if (!value.contains(name.get<std::string>())) {
      return where + ": lacks " + name.get<std::string>();
    }
  }
  for (const auto& [name, member] : value.items()) {
    std::string problem;
    if (properties.contains(name)) {
      problem = mismatch(document, properties[name], member, where + "/" + name);
    } else if (schema.contains("additionalProperties")) {
      const Json& others = schema["additionalProperties"];
      if (others == false) return where + ": has " + name;
      problem = mismatch(document, others, member, where + "/" + name);
    }
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace puente::test
