#include "recipe/recipe_section.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/near_name.h"

namespace puente {
namespace {

const Json& no_table() {
  static const Json empty = Json::object();
  return empty;
}

const Json* value_at(const Json& root, const std::vector<std::string>& way) {
  const Json* value = &root;
  for (const std::string& key : way) {
    value = value->is_array() ? &value->at(std::stoul(key)) : &value->at(key);
  }
  return value;
}

}  // namespace

RecipeSection::RecipeSection(const PlacedToml& file, std::vector<std::string> way,
                             std::vector<RecipeMistake>& mistakes)
    : file_(file), way_(std::move(way)), mistakes_(mistakes), table_(value_at(file.value, way_)) {
  if (table_->is_object()) return;
  note(value_place(way_),
       fmt::format("{} is not a table; write [{}]", fmt::join(way_, "."), fmt::join(way_, ".")));
  table_ = &no_table();
}

const Json* RecipeSection::find(const std::string& key) {
  if (std::ranges::count(known_, key) == 0) known_.push_back(key);
  const auto found = table_->find(key);
  return found == table_->end() ? nullptr : &*found;
}

bool RecipeSection::has(const std::string& key) { return find(key) != nullptr; }

std::vector<std::string> RecipeSection::way_to(const std::string& key) const {
  std::vector<std::string> way = way_;
  way.push_back(key);
  return way;
}

std::string RecipeSection::name_of(const std::string& key) const {
  return fmt::format("{}", fmt::join(way_to(key), "."));
}

TomlPlace RecipeSection::value_place(const std::vector<std::string>& way) const {
  const auto found = file_.values.find(way);
  return found == file_.values.end() ? TomlPlace() : found->second;
}

TomlPlace RecipeSection::place() const { return value_place(way_); }

TomlPlace RecipeSection::place_of_key(const std::string& key) const {
  const auto found = file_.keys.find(way_to(key));
  return found == file_.keys.end() ? place() : found->second;
}

void RecipeSection::note(TomlPlace place, std::string what) {
  mistakes_.push_back({place, std::move(what)});
}

void RecipeSection::mistake(const std::string& key, std::string what) {
  note(has(key) ? value_place(way_to(key)) : place(), std::move(what));
}

void RecipeSection::require(const std::string& key, std::string_view example) {
  if (has(key)) return;
  note(place(), fmt::format("{} is missing; write {}", name_of(key), example));
}

bool RecipeSection::as_text(const Json& value, const std::vector<std::string>& way, Said& out) {
  out.place = value_place(way);
  if (value.is_string()) {
    out.text = value.get<std::string>();
  } else if (value.is_number() || value.is_boolean()) {
    out.text = value.dump();
  } else {
    note(out.place, fmt::format("{} is not a text", fmt::join(way, ".")));
    return false;
  }
  if (out.text.empty()) note(out.place, fmt::format("{} is empty", fmt::join(way, ".")));
  return !out.text.empty();
}

Said RecipeSection::text(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  Said said;
  if (!value->is_string()) {
    note(value_place(way_to(key)),
         fmt::format("{} is not a text; write {} = \"...\"", name_of(key), key));
    return {};
  }
  return as_text(*value, way_to(key), said) ? said : Said();
}

std::vector<Said> RecipeSection::texts(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return {};
  std::vector<Said> list;
  Said said;
  if (!value->is_array()) {
    if (as_text(*value, way_to(key), said)) list.push_back(said);
    return list;
  }
  for (size_t i = 0; i < value->size(); ++i) {
    std::vector<std::string> way = way_to(key);
    way.push_back(std::to_string(i));
    if (as_text((*value)[i], way, said)) list.push_back(said);
  }
  if (value->empty()) note(value_place(way_to(key)), fmt::format("{} is empty", name_of(key)));
  return list;
}

bool RecipeSection::flag(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  note(value_place(way_to(key)), fmt::format("{} is neither true nor false", name_of(key)));
  return false;
}

int64_t RecipeSection::whole(const std::string& key, int64_t least) {
  const Json* value = find(key);
  if (value == nullptr) return 0;
  if (value->is_number_integer() && value->get<int64_t>() >= least) return value->get<int64_t>();
  note(value_place(way_to(key)),
       fmt::format("{} is not a whole number of at least {}", name_of(key), least));
  return 0;
}

double RecipeSection::share(const std::string& key, double otherwise) {
  const Json* value = find(key);
  if (value == nullptr) return otherwise;
  if (value->is_number() && value->get<double>() > 0 && value->get<double>() <= 1) {
    return value->get<double>();
  }
  note(value_place(way_to(key)),
       fmt::format("{} is not a number above 0 and up to 1", name_of(key)));
  return otherwise;
}

std::vector<std::pair<Said, Said>> RecipeSection::text_table(const std::string& key) {
  std::vector<std::pair<Said, Said>> entries;
  if (find(key) == nullptr) return entries;
  RecipeSection inner(file_, way_to(key), mistakes_);
  for (const auto& [name, value] : inner.table_->items()) {
    Said said;
    if (!inner.as_text(value, inner.way_to(name), said)) continue;
    entries.emplace_back(Said{name, inner.place_of_key(name)}, said);
  }
  return entries;
}

std::vector<std::pair<Said, std::vector<Said>>> RecipeSection::list_table(const std::string& key) {
  std::vector<std::pair<Said, std::vector<Said>>> entries;
  if (find(key) == nullptr) return entries;
  RecipeSection inner(file_, way_to(key), mistakes_);
  for (const auto& item : inner.table_->items()) {
    entries.emplace_back(Said{item.key(), inner.place_of_key(item.key())}, inner.texts(item.key()));
  }
  return entries;
}

RecipeSection RecipeSection::section(const std::string& key) {
  find(key);
  return {file_, way_to(key), mistakes_};
}

std::vector<std::pair<std::string, RecipeSection>> RecipeSection::sections(const std::string& key) {
  std::vector<std::pair<std::string, RecipeSection>> all;
  const Json* value = find(key);
  if (value == nullptr) return all;
  const auto add = [&](const std::string& name) {
    std::vector<std::string> way = way_to(key);
    way.push_back(name);
    all.emplace_back(name, RecipeSection(file_, std::move(way), mistakes_));
  };
  if (value->is_array()) {
    for (size_t i = 0; i < value->size(); ++i) add(std::to_string(i));
  } else if (value->is_object()) {
    for (const auto& item : value->items()) add(item.key());
  } else {
    note(value_place(way_to(key)),
         fmt::format("{} is not a table; write [{}]", name_of(key), name_of(key)));
  }
  return all;
}

std::vector<RecipeSection> RecipeSection::one_or_more(const std::string& key) {
  std::vector<RecipeSection> all;
  const Json* value = find(key);
  if (value != nullptr && value->is_object()) {
    all.push_back(section(key));
  } else {
    for (auto& [name, one] : sections(key)) all.push_back(std::move(one));
  }
  return all;
}

void sort_by_place(std::vector<RecipeMistake>& mistakes) {
  std::ranges::stable_sort(mistakes, [](const RecipeMistake& a, const RecipeMistake& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
}

void RecipeSection::finish() {
  for (const auto& item : table_->items()) {
    if (std::ranges::count(known_, item.key()) > 0) continue;
    note(place_of_key(item.key()), fmt::format("there is no such key as {}.{}", name_of(item.key()),
                                               near_name(item.key(), known_)));
  }
}

}  // namespace puente
