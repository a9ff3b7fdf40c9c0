// Cleaning the fields.
#include <algorithm>

#include "base/error.h"
#include "base/trimmed.h"
#include "formats/csv.h"
#include "recipe/steps.h"
#include "text/prompt.h"

namespace puente {
namespace {

/// "5O" -> "50", "45,5" -> "45.5"; whole: without what follows the point. Nothing where that is no
/// number either.
std::string repaired_number(std::string value, NumberKind kind) {
  for (char& c : value) {
    if (c == 'O' || c == 'o') c = '0';
    if (c == ',') c = '.';
  }
  float number = 0;
  const bool plain = value.find_first_not_of("0123456789.-+") == value.npos;
  if (!plain || !parse_float(value, number)) return "";
  value = canonical(value.starts_with('+') ? value.substr(1) : value);
  return kind == NumberKind::whole ? value.substr(0, value.find('.')) : value;
}

/// What a value became, or why it cannot.
struct Cleaned {
  std::string value;
  std::string problem;
};

/// What the field's table of values makes of `value`; nullptr where it is not there.
const std::string* mapped_to(const FieldRecipe& field, std::string_view value) {
  const std::string key = canonical(value);
  for (const auto& [from, to] : field.values) {
    if (canonical(from) == key) return &to;
  }
  return nullptr;
}

/// Nothing is known; a word such as None may be among the field's values, and then means that one.
bool is_not_known(const FieldRecipe& field, std::string_view value) {
  if (is_missing(value) && mapped_to(field, value) == nullptr) return true;
  const std::string key = canonical(value);
  return std::ranges::any_of(field.missing,
                             [&](const std::string& word) { return canonical(word) == key; });
}

Cleaned clean(const FieldRecipe& field, const std::string& raw) {
  std::string value(trimmed(raw));
  if (is_not_known(field, value)) return {field.empty, ""};
  if (!field.before.empty()) {
    value = trimmed(std::string_view(raw).substr(0, raw.find(field.before.text)));
    if (is_not_known(field, value)) return {field.empty, ""};
  }
  if (field.number != NumberKind::none) {
    std::string number = repaired_number(value, field.number);
    if (number.empty()) {
      return {"", fmt::format("{} is not a number; if it means that nothing is known, list it "
                              "under 'missing'",
                              quoted_excerpt(raw))};
    }
    value = std::move(number);
  }
  if (field.digits > 0 && value.size() < static_cast<size_t>(field.digits)) {
    value.insert(0, static_cast<size_t>(field.digits) - value.size(), '0');
  }
  if (field.values.empty()) return {value, ""};
  if (const std::string* text = mapped_to(field, value)) return {*text, ""};
  if (!field.others.empty()) return {field.others, ""};
  std::string keys;
  for (const auto& [from, to] : field.values) keys += (keys.empty() ? "" : ", ") + from;
  return {"", fmt::format("{} is not among the field's values ({}); add it there, list it under "
                          "'missing', or say others = \"...\"",
                          quoted_excerpt(raw), keys)};
}

const Column* source_column(const FieldRecipe& field, Preparation& work) {
  for (const Said& name : field.from) {
    if (const Column* column = work.out.manifest.find(name.text)) return column;
  }
  return work.column(field.from.empty() ? Said{field.name, field.place} : field.from.front());
}

}  // namespace

void clean_fields(Preparation& work) {
  for (const FieldRecipe& field : work.recipe.fields) {
    const Column* source = source_column(field, work);
    if (source == nullptr) continue;
    Column cleaned{field.name, {}};
    int64_t problems = 0;
    std::string first;
    for (size_t row = 0; row < source->values.size(); ++row) {
      Cleaned result = clean(field, source->values[row]);
      if (!result.problem.empty() && problems++ == 0) {
        first = fmt::format("{}: line {}, column '{}': {}", work.out.manifest.source,
                            work.out.manifest.lines[row], source->name, result.problem);
      }
      cleaned.values.push_back(std::move(result.value));
    }
    if (problems > 0) {
      work.mistake(field.place,
                   problems == 1 ? first : fmt::format("{} ({} such rows)", first, problems));
    }
    column_or_new(work.out.manifest, field.name).values = std::move(cleaned.values);
  }
}

}  // namespace puente
