#include "audit/field_facts.h"

#include "base/error.h"
#include "formats/toml.h"

namespace puente {
namespace {

const Json& require_table(const Json& value, std::string_view key, std::string_view source) {
  if (!value.is_object()) fail("{}: {} is not a table; write it as [{}]", source, key, key);
  return value;
}

FieldFact field_fact_of(const Json& table, const std::string& key, std::string_view source) {
  FieldFact fact;
  for (const auto& [name, value] : require_table(table, key, source).items()) {
    if (name == "known") {
      const std::string known = value.is_string() ? value.get<std::string>() : value.dump();
      if (known == "before") {
        fact.known = Known::before;
      } else if (known == "same-reading") {
        fact.known = Known::same_reading;
      } else if (known == "after") {
        fact.known = Known::after;
      } else {
        fail("{}: {}.known: '{}' is none of \"before\", \"same-reading\" and \"after\"", source,
             key, known);
      }
    } else if (name == "allowed") {
      if (!value.is_boolean()) fail("{}: {}.allowed is neither true nor false", source, key);
      fact.allowed = value.get<bool>();
    } else {
      fail("{}: {}.{}: there is no such key; a field has 'known' and 'allowed'", source, key, name);
    }
  }
  if (fact.known == Known::undeclared) {
    fail(
        "{}: {} does not say when it is known; write known = \"before\", \"same-reading\" or "
        "\"after\"",
        source, key);
  }
  return fact;
}

std::vector<std::string> synonyms_of(const Json& list, const std::string& key,
                                     std::string_view source) {
  std::vector<std::string> synonyms;
  bool good = list.is_array();
  for (size_t i = 0; good && i < list.size(); ++i) {
    good = list[i].is_string() && !list[i].get<std::string>().empty();
    if (good) synonyms.push_back(list[i].get<std::string>());
  }
  if (!good) fail("{}: {} is not a list of words; write [\"melanoma\"]", source, key);
  return synonyms;
}

}  // namespace

std::string_view name_of(Known known) {
  switch (known) {
    case Known::before:
      return "before";
    case Known::same_reading:
      return "same-reading";
    case Known::after:
      return "after";
    case Known::undeclared:
      break;
  }
  return "undeclared";
}

FieldFact FieldFacts::of(const std::string& column) const {
  const auto found = fields.find(column);
  return found == fields.end() ? FieldFact() : found->second;
}

FieldFacts field_facts_of(const Json& file, std::string_view source) {
  FieldFacts facts;
  if (file.contains("fields")) {
    for (const auto& [name, table] : require_table(file["fields"], "fields", source).items()) {
      facts.fields[name] = field_fact_of(table, "fields." + name, source);
    }
  }
  if (file.contains("label") && file["label"].is_object() && file["label"].contains("synonyms")) {
    const Json& table = require_table(file["label"]["synonyms"], "label.synonyms", source);
    for (const auto& [name, list] : table.items()) {
      facts.synonyms[name] = synonyms_of(list, "label.synonyms." + name, source);
    }
  }
  return facts;
}

FieldFacts read_field_facts(const std::filesystem::path& path) {
  const Json file = read_toml(path);
  for (const auto& [key, table] : file.items()) {
    if (key != "fields" && key != "label") {
      fail(
          "{}: there is no such table as [{}]; a fields file has [fields.COLUMN] and "
          "[label.synonyms]",
          path.string(), key);
    }
    if (key == "label") {
      for (const auto& [inner, value] : require_table(table, "label", path.string()).items()) {
        if (inner != "synonyms") {
          fail("{}: label.{}: there is no such key; write [label.synonyms]", path.string(), inner);
        }
      }
    }
  }
  return field_facts_of(file, path.string());
}

}  // namespace puente
