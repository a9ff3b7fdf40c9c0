#include <algorithm>
#include <map>

#include "base/error.h"
#include "experiment/protocol.h"
#include "recipe/pattern.h"
#include "recipe/recipe.h"
#include "recipe/recipe_section.h"
#include "recipe/steps.h"
#include "text/prompt.h"

namespace puente {
namespace {

class RecipeReader {
 public:
  explicit RecipeReader(const std::filesystem::path& path)
      : file_(read_placed_toml(path)), top_(file_, {}, mistakes_) {
    recipe_.source = path.string();
  }

  RecipeReading read() {
    recipe_.name = top_.text("name").text;
    top_.texts("source");  // where the data set and its description are: for people
    top_.require("name", "name = \"HAM10000\" at the top");
    read_tables();
    read_only();
    read_image();
    for (auto& [name, section] : top_.sections("fields")) read_field(name, section);
    read_label();
    read_group();
    read_language();
    read_prompts();
    read_evaluation();
    check_prompts_for_label();
    top_.finish();
    sort_by_place(mistakes_);
    return {std::move(recipe_), std::move(mistakes_)};
  }

 private:
  void read_tables() {
    top_.require("table", "[table] with file = \"metadata.csv\"");
    for (RecipeSection& section : top_.one_or_more("table")) read_table(section);
  }

  void read_table(RecipeSection& section) {
    RecipeTable table;
    table.place = section.place();
    table.file = section.texts("file");
    for (const auto& [column, file] : section.text_table("lines")) {
      table.lines.emplace_back(column.text, file);
    }
    table.list = section.text("list");
    table.parts = section.texts("parts");
    if (section.has("wide")) {
      RecipeSection wide = section.section("wide");
      wide.require("columns", "columns = \"Cases{year}/w{week}\"");
      wide.require("values", "values = \"cases\"");
      table.wide = WideColumns{wide.text("columns"), wide.text("values")};
      check_pattern(table.wide->pattern, "the columns");
      wide.finish();
    }
    table.number = section.text("number");
    table.epiweek_of = section.text("epiweek_of");
    table.join = section.texts("join");
    const int kinds = !table.file.empty() + !table.lines.empty() + !table.list.empty();
    const bool given = section.has("file") || section.has("lines") || section.has("list");
    if (kinds > 1 || !given) {
      mistakes_.push_back({table.place,
                           "a table has exactly one of file (a CSV), lines (text files) and list "
                           "(the files that are there)"});
    }
    check_pattern(table.list, "the files");
    check_parts(table);
    if (recipe_.tables.empty() && !table.join.empty()) {
      section.mistake("join", "the first table has nothing to be joined to");
    }
    if (!recipe_.tables.empty() && table.join.empty()) {
      mistakes_.push_back({table.place,
                           "a second table is joined to the first by columns that both have; "
                           "write join = [\"patient_id\"]"});
    }
    section.finish();
    recipe_.tables.push_back(std::move(table));
  }

  void check_pattern(const Said& said, const char* what) {
    if (said.empty()) return;
    note_errors(said, mistakes_, [&] {
      if (Pattern(said.text).names().empty()) {
        fail("'{}' has no {{name}} in it, so it cannot tell {} apart", said.text, what);
      }
    });
  }

  /// {part} is either one of `parts`, or what a file's name has there.
  void check_parts(const RecipeTable& table) {
    const auto has_part = [](const Said& name) {
      return name.text.find("{part}") != std::string::npos;
    };
    bool used = std::ranges::any_of(table.file, has_part);
    for (const auto& [column, name] : table.lines) {
      used = used || has_part(name);
      if (!table.parts.empty() || !has_part(name)) continue;
      mistakes_.push_back(
          {name.place, "{part} stands for each of parts; write parts = [\"train\"]"});
    }
    if (!table.parts.empty() && !used) {
      mistakes_.push_back({table.parts.front().place, "no file has {part} in its name"});
    }
    for (const Said& name : table.file) {
      if (!table.parts.empty() || !has_part(name)) continue;
      note_errors(name, mistakes_, [&] {
        if (Pattern(name.text).names().size() == 1) return;
        fail("'{}': without parts, {{part}} is the only {{...}} that a file can have", name.text);
      });
    }
  }

  void read_only() {
    for (auto& [column, values] : top_.list_table("only")) {
      std::vector<std::string> texts;
      for (const Said& value : values) texts.push_back(value.text);
      recipe_.only.emplace_back(column, std::move(texts));
    }
  }

  void read_image() {
    if (!top_.has("image")) return;
    RecipeSection section = top_.section("image");
    ImageRecipe image;
    if (!section.has("views")) section.require("file", "file = \"{image_id}.jpg\"");
    image.file = section.texts("file");
    image.views = section.texts("views");
    if (section.has("views") && section.has("file")) {
      section.mistake("views", "image has file (one picture for each row) or views (several)");
    }
    for (const Said& file : image.file) check_prompt(file);
    for (const Said& view : image.views) check_prompt(view);
    image.folders = section.texts("folders");
    const Said absent = section.text("absent");
    if (!absent.empty() && absent.text != "leave out" && absent.text != "error") {
      section.mistake("absent", "image.absent is neither \"leave out\" nor \"error\"");
    }
    image.leave_out_absent = absent.text == "leave out";
    const Said equal = section.text("equal");
    if (!equal.empty() && equal.text != "one group") {
      section.mistake("equal", "image.equal is not \"one group\"");
    }
    image.equal_in_one_group = !equal.empty();
    for (const Said& band : section.texts("bands")) {
      const bool number = band.text.find_first_not_of("0123456789") == std::string::npos;
      if (!number || band.text.size() > 4 || band.text == "0") {
        mistakes_.push_back({band.place, "a band is a number from 1"});
        continue;
      }
      image.bands.push_back(std::stoi(band.text));
    }
    section.finish();
    recipe_.image = std::move(image);
  }

  void read_field(const std::string& name, RecipeSection& section) {
    FieldRecipe field;
    field.name = name;
    field.place = section.place();
    field.from = section.texts("from");
    field.before = section.text("before");
    const Said number = section.text("number");
    if (number.text == "whole") field.number = NumberKind::whole;
    if (number.text == "decimal") field.number = NumberKind::decimal;
    if (!number.empty() && field.number == NumberKind::none) {
      section.mistake("number",
                      fmt::format("'{}' is neither \"whole\" nor \"decimal\"", number.text));
    }
    field.digits = static_cast<int>(std::min<int64_t>(section.whole("digits", 1), 100));
    for (const Said& value : section.texts("missing")) field.missing.push_back(value.text);
    std::map<std::string, std::string> meanings;
    for (const auto& [value, text] : section.text_table("values")) {
      const auto [found, is_new] = meanings.emplace(canonical(value.text), text.text);
      if (!is_new) {
        mistakes_.push_back({value.place, fmt::format("'{}' is there twice: '{}' and '{}'",
                                                      value.text, found->second, text.text)});
      }
      field.values.emplace_back(value.text, text.text);
    }
    field.empty = section.text("empty").text;
    field.others = section.text("others").text;
    if (!field.others.empty() && field.values.empty()) {
      section.mistake("others",
                      "others says what values become that are not among 'values', and "
                      "there is no such table");
    }
    read_known(name, section);
    section.finish();
    recipe_.fields.push_back(std::move(field));
  }

  void read_known(const std::string& name, RecipeSection& section) {
    const Said known = section.text("known");
    FieldFact fact;
    for (const Known each : {Known::before, Known::same_reading, Known::after}) {
      if (known.text == name_of(each)) fact.known = each;
    }
    if (!known.empty() && fact.known == Known::undeclared) {
      section.mistake(
          "known",
          fmt::format("'{}' is none of \"before\", \"same-reading\" and \"after\"", known.text));
    }
    fact.allowed = section.flag("allowed");
    if (fact.known != Known::undeclared) recipe_.facts.fields[name] = fact;
  }

  void read_label() {
    top_.require("label", "[label] with column = \"diagnosis\"");
    if (!top_.has("label")) return;
    RecipeSection section = top_.section("label");
    LabelRecipe& label = recipe_.label;
    label.column = section.text("column");
    label.name = section.text("name").text;
    read_classes(section);
    const Said rest = section.text("rest");
    if (!rest.empty()) label.rest = rest.text == "leave out" ? "" : rest.text;
    if (label.rest && label.classes.empty()) {
      section.mistake("rest",
                      "label.rest says what becomes of values that no class names, and "
                      "there is no [label.classes]");
    }
    if (section.has("above_median")) read_above_median(section);
    if (section.has("above_median") == section.has("column")) {
      mistakes_.push_back(
          {section.place(), "the label has a column, or is computed by above_median: one of both"});
    }
    for (auto& [name, words] : section.list_table("synonyms")) {
      for (const Said& word : words) recipe_.facts.synonyms[name.text].push_back(word.text);
    }
    if (label.name.empty()) {
      label.name = label.above_median      ? "label"
                   : label.classes.empty() ? label.column.text
                                           : label.column.text + "_class";
    }
    section.finish();
  }

  void read_classes(RecipeSection& section) {
    std::map<std::string, std::string> class_of;
    for (auto& [name, values] : section.list_table("classes")) {
      if (name.empty()) mistakes_.push_back({name.place, "a class has no name"});
      std::vector<std::string> texts;
      for (const Said& value : values) {
        const auto [found, is_new] = class_of.emplace(canonical(value.text), name.text);
        if (!is_new && found->second != name.text) {
          mistakes_.push_back({value.place, fmt::format("'{}' is in two classes, '{}' and '{}'",
                                                        value.text, found->second, name.text)});
        }
        texts.push_back(value.text);
      }
      recipe_.label.classes.emplace_back(name.text, std::move(texts));
    }
  }

  void read_above_median(RecipeSection& label) {
    RecipeSection section = label.section("above_median");
    section.require("of", "of = \"cases\"");
    AboveMedian rule;
    rule.of = section.text("of");
    rule.by = section.text("by");
    rule.time = section.text("time");
    rule.first = section.share("first", 1);
    if (rule.first < 1 && rule.time.empty()) {
      section.mistake("first",
                      "'first' takes the earliest rows; name their column with time = "
                      "\"date\"");
    }
    section.finish();
    recipe_.label.above_median = std::move(rule);
  }

  void read_group() {
    top_.require("group",
                 "group = \"patient_id\" at the top, or group = false if every row is its "
                 "own");
    if (!top_.has("group")) return;
    const Json& group = file_.value["group"];
    if (group.is_boolean()) {
      if (top_.flag("group")) {
        top_.mistake("group", "group is a column's name, or false");
      }
      return;
    }
    const Said column = top_.text("group");
    if (!column.empty()) recipe_.group = column;
  }

  void read_language() {
    if (!top_.has("language")) return;
    if (!file_.value["language"].is_object()) {
      recipe_.language = top_.text("language");
      return;
    }
    RecipeSection section = top_.section("language");
    section.require("column", "column = \"lang\"");
    recipe_.language_column = section.text("column");
    section.finish();
  }

  void check_prompt(const Said& said) {
    note_errors(said, mistakes_, [&] { Prompt prompt(said.text); });
  }

  void read_prompts() {
    for (auto& [name, text] : top_.text_table("prompt")) {
      check_prompt(text);
      recipe_.prompts.push_back({name.text, text});
    }
    if (!recipe_.prompts.empty() && recipe_.prompt("default") == nullptr) {
      top_.mistake("prompt", "[prompt] has no 'default', the one that is taken if none is named");
    }
  }

  /// A prompt with the label in it, or with the column that the label is made of, tells the answer.
  void check_prompts_for_label() {
    const LabelRecipe& label = recipe_.label;
    const std::string made_of =
        label.above_median ? label.above_median->of.text : label.column.text;
    std::vector<std::string> telling = {made_of};
    for (const FieldRecipe& field : recipe_.fields) {
      const bool is_source = field.name == made_of;
      for (const Said& from : field.from) {
        if (is_source) telling.push_back(from.text);
        if (from.text == made_of) telling.push_back(field.name);
      }
    }
    for (const NamedPrompt& named : recipe_.prompts) {
      for (const std::string& name : columns_if_any(named.text)) {
        const bool is_label = name == label.name;
        if (!is_label && std::ranges::count(telling, name) == 0) continue;
        mistakes_.push_back(
            {named.text.place,
             is_label ? fmt::format("prompt '{}' has the label '{}' in it", named.name, name)
                      : fmt::format("prompt '{}' has '{}' in it, which the label is made of",
                                    named.name, name)});
      }
    }
  }

  /// None of a template with a mistake, which is noted elsewhere.
  static std::vector<std::string> columns_if_any(const Said& prompt) {
    try {
      return columns_of(prompt);
    } catch (const UserError&) {
      return {};
    }
  }

  void read_evaluation() {
    recipe_.protocol.text = "holdout";
    if (!top_.has("evaluation")) return;
    RecipeSection section = top_.section("evaluation");
    recipe_.subgroups = section.texts("subgroups");
    recipe_.sites = section.texts("sites");
    if (const Said protocol = section.text("protocol"); !protocol.empty()) {
      recipe_.protocol = protocol;
      note_errors(protocol, mistakes_, [&] { ProtocolOptions::parse(protocol.text); });
    }
    recipe_.min_groups = section.whole("min_groups", 1);
    section.finish();
  }

  std::vector<RecipeMistake> mistakes_;
  PlacedToml file_;
  RecipeSection top_;
  Recipe recipe_;
};

}  // namespace

const NamedPrompt* Recipe::prompt(std::string_view wanted) const {
  for (const NamedPrompt& candidate : prompts) {
    if (candidate.name == wanted) return &candidate;
  }
  return nullptr;
}

std::string text_of(const RecipeMistake& mistake, const std::string& source) {
  if (mistake.place.line == 0) return fmt::format("{}: {}", source, mistake.what);
  return fmt::format("{}: line {}, column {}: {}", source, mistake.place.line, mistake.place.column,
                     mistake.what);
}

RecipeReading read_recipe(const std::filesystem::path& path) { return RecipeReader(path).read(); }

}  // namespace puente
