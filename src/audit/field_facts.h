// What the audit cannot see in a table and somebody has to say: when each field is known, and how
// else a class is called. A TOML file, or the same tables inside a recipe:
//
//   [fields.age]
//   known = "before"          # the image is read
//   [fields.vessels]
//   known = "same-reading"    # written by whoever reads the image
//   [fields.dx_type]
//   known = "after"           # follows from the diagnosis
//   allowed = true            # used all the same, and whoever says so knows why
//   [label.synonyms]
//   mel = ["melanoma", "malignant melanoma"]
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.h"

namespace puente {

enum class Known { undeclared, before, same_reading, after };

/// "undeclared", "before", "same-reading", "after".
std::string_view name_of(Known known);

struct FieldFact {
  Known known = Known::undeclared;
  bool allowed = false;

  /// Nobody has it at prediction time, and nobody said that it may be used.
  bool forbidden() const {
    return (known == Known::same_reading || known == Known::after) && !allowed;
  }
};

struct FieldFacts {
  std::map<std::string, FieldFact> fields;                   // by column
  std::map<std::string, std::vector<std::string>> synonyms;  // by class

  FieldFact of(const std::string& column) const;
};

/// UserError naming file, line and column where it is not TOML; file and key where a value is not
/// what the key takes, or a key is not known.
FieldFacts read_field_facts(const std::filesystem::path& path);

/// The tables "fields" and "label" of a file that was read already, other tables being its own.
/// `source` names it in messages.
FieldFacts field_facts_of(const Json& file, std::string_view source);

}  // namespace puente
