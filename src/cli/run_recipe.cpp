#include "cli/run_recipe.h"

#include <fmt/ranges.h>
#include <set>
#include <string_view>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/mapped_file.h"
#include "cli/recipe_mistakes.h"
#include "cli/run_steps.h"
#include "experiment/protocol.h"
#include "formats/csv.h"
#include "heads/tabular.h"
#include "recipe/find_recipe.h"
#include "text/prompt.h"

namespace puente::cli {
namespace {

std::string manifest_csv(const Manifest& manifest) {
  std::string text;
  std::vector<std::string> fields;
  for (const Column& column : manifest.columns) fields.push_back(column.name);
  append_csv_row(text, fields);
  for (size_t row = 0; row < manifest.lines.size(); ++row) {
    for (size_t i = 0; i < fields.size(); ++i) fields[i] = manifest.columns[i].values[row];
    append_csv_row(text, fields);
  }
  return text;
}

/// As --facts takes them. A JSON string is a TOML string too.
std::string facts_toml(const FieldFacts& facts) {
  std::string text;
  for (const auto& [name, fact] : facts.fields) {
    text += fmt::format("[fields.{}]\nknown = \"{}\"\n", Json(name).dump(), name_of(fact.known));
    if (fact.allowed) text += "allowed = true\n";
  }
  if (!facts.synonyms.empty()) text += "[label.synonyms]\n";
  for (const auto& [name, words] : facts.synonyms) {
    text += fmt::format("{} = {}\n", Json(name).dump(), Json(words).dump());
  }
  return text;
}

}  // namespace

void append_words(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

void append_option(Words& words, const std::string& option, const std::string& value) {
  if (!value.empty()) words.insert(words.end(), {option, value});
}

std::string comma_list(const std::vector<Said>& names) {
  std::string text;
  for (const Said& name : names) text += (text.empty() ? "" : ",") + name.text;
  return text;
}

Recipe recipe_named(const std::string& name, Progress& progress) {
  RecipeReading reading = read_recipe(find_recipe(name, recipe_folders()));
  refuse_mistakes(reading.mistakes, reading.recipe.source, progress);
  return std::move(reading.recipe);
}

void RecipeData::prepare(const Recipe& recipe, const std::string& data, Progress& progress) {
  prepared = puente::prepare(recipe, data);
  refuse_mistakes(prepared.mistakes, recipe.source, progress);
  for (const std::string& note : prepared.notes) progress.note(note);
  facts_ = facts_toml(recipe.facts);
  recipe_file_ = MappedFile(recipe.source).text();
  if (!recipe.image) return;
  Words names;
  for (const std::string& column : image_column_names(*recipe.image)) {
    append_words(names, prepared.manifest.find(column)->values);
  }
  pictures = pictures_fingerprint(data, names);
}

void RecipeData::number_rows(const std::string& name) {
  Manifest& manifest = prepared.manifest;
  if (manifest.find(name) != nullptr) {
    fail("{}: a column is called '{}', which puente numbers the rows with; rename it",
         manifest.source, name);
  }
  Column& column = manifest.columns.emplace_back(Column{name, {}});
  for (size_t row = 0; row < manifest.lines.size(); ++row) {
    column.values.push_back(std::to_string(row + 1));
  }
}

void RecipeData::write(const std::filesystem::path& out) {
  make_output_folder(out);
  manifest_file = out / "manifest.csv";
  facts_file = out / "facts.toml";
  const std::string csv = manifest_csv(prepared.manifest);
  manifest_hash = sha256(csv).hex();
  write_file(manifest_file, csv);
  write_file(facts_file, facts_);
  write_file(out / "recipe.toml", recipe_file_);
}

Words image_words(const Recipe& recipe, const std::string& data) {
  Words words = {"--images", data, "--image-column",
                 fmt::format("{}", fmt::join(image_column_names(*recipe.image), ","))};
  append_option(words, "--bands", fmt::format("{}", fmt::join(recipe.image->bands, ",")));
  return words;
}

Words text_words(const Recipe& recipe, const NamedPrompt& prompt) {
  Words words = {"--prompt", prompt.text.text};
  append_option(words, "--language", recipe.language.text);
  append_option(words, "--language-column", recipe.language_column.text);
  return words;
}

std::string tabular_columns(const NamedPrompt& prompt, const Manifest& manifest) {
  const Prompt parsed(prompt.text.text);
  Words names;
  for (const std::string& name : parsed.columns()) {
    std::set<std::string_view> values;
    bool numbers = true;
    for (const std::string& value : manifest.find(name)->values) {
      if (is_missing(value)) continue;
      values.insert(value);
      float ignored = 0;
      numbers = numbers && parse_float(value, ignored);
    }
    if (numbers || static_cast<int64_t>(values.size()) <= TabularFeatures::kMostValues) {
      names.push_back(name);
    }
  }
  return fmt::format("{}", fmt::join(names, ","));
}

TableCommands::TableCommands(const Recipe& recipe, const RecipeData& data, Words tables,
                             std::string protocol, bool despite_leaks)
    : recipe_(recipe),
      data_(data),
      tables_(std::move(tables)),
      protocol_(std::move(protocol)),
      despite_leaks_(despite_leaks) {}

Words TableCommands::on_tables(const std::string& command) const {
  Words words = {command};
  append_words(words, tables_);
  append_words(words, {"--label", recipe_.label.name});
  append_option(words, "--group", data_.prepared.group);
  append_option(words, "--facts", data_.facts_file.string());
  append_option(words, "--sites", comma_list(recipe_.sites));
  return words;
}

Words TableCommands::inspect(const std::string& tabular, const std::filesystem::path& out) const {
  Words words = on_tables("inspect");
  append_option(words, "--tabular", tabular);
  append_option(words, "--out", out.string());
  return words;
}

Words TableCommands::training(const std::string& command, const std::filesystem::path& out) const {
  Words words = on_tables(command);
  if (data_.prepared.group.empty()) words.push_back("--no-group");
  append_option(words, "--protocol", protocol_);
  if (recipe_.min_groups > 0) {
    append_option(words, "--min-groups", std::to_string(recipe_.min_groups));
  }
  if (despite_leaks_) words.push_back("--despite-leaks");
  append_option(words, "--out", out.string());
  return words;
}

Words TableCommands::sweep(const std::filesystem::path& out) const {
  Words words = training("sweep", out);
  words.push_back("--no-report");  // the whole run has one
  return words;
}

Words TableCommands::train(const std::string& fusion, const std::string& align,
                           const std::filesystem::path& out) const {
  Words words = training("train", out);
  append_words(words, {"--fusion", fusion, "--align", align});
  const Protocol protocol = ProtocolOptions::parse(protocol_).kind;
  if (has_one_split(protocol) && protocol != Protocol::paper) {
    append_option(words, "--subgroups", comma_list(recipe_.subgroups));
  }
  return words;
}

Words TableCommands::finetune(const std::string& fusion, const std::filesystem::path& out) const {
  Words words = training("finetune", out);
  append_words(words, {"--fusion", fusion});
  return words;
}

Words TableCommands::baselines(const std::string& fusion, const std::string& align,
                               const std::string& tabular, const std::filesystem::path& out) const {
  Words words = training("baselines", out);
  append_words(words, {"--fusion", fusion, "--align", align});
  append_option(words, "--tabular", tabular);
  return words;
}

}  // namespace puente::cli
