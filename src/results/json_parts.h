// Parts of a JSON document that may not be there.
#pragma once

#include <string>

#include "formats/json.h"

namespace puente {

/// The object of that name, or an empty one. Borrowed of `from`.
inline const Json& object_at(const Json& from, const std::string& key) {
  static const Json kNone = Json::object();
  const auto found = from.find(key);
  return found != from.end() && found->is_object() ? *found : kNone;
}

/// The same of a list.
inline const Json& list_at(const Json& from, const std::string& key) {
  static const Json kNone = Json::array();
  const auto found = from.find(key);
  return found != from.end() && found->is_array() ? *found : kNone;
}

}  // namespace puente
