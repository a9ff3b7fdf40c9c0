#include "recipe/prepare.h"

#include <algorithm>

#include "base/error.h"
#include "base/file_status.h"
#include "experiment/protocol.h"
#include "recipe/steps.h"
#include "text/prompt.h"

namespace puente {
namespace {

void read_tables(Preparation& work) {
  bool first = true;
  for (const RecipeTable& source : work.recipe.tables) {
    std::optional<Manifest> manifest = read_source(source, work);
    if (!manifest) return;
    if (first) {
      work.out.manifest = std::move(*manifest);
    } else {
      join_source(source, *manifest, work);
    }
    first = false;
  }
}

void check_columns(Preparation& work) {
  const Recipe& recipe = work.recipe;
  if (recipe.group) work.column(*recipe.group);
  if (!recipe.language_column.empty()) work.column(recipe.language_column);
  for (const Said& name : recipe.subgroups) work.column(name);
  for (const Said& name : recipe.sites) work.column(name);
  for (const NamedPrompt& prompt : recipe.prompts) {
    for (const std::string& name : columns_of(prompt.text)) {
      work.column({name, prompt.text.place});
    }
  }
  if (recipe.protocol.place.line == 0) return;
  const std::string column = ProtocolOptions::parse(recipe.protocol.text).column;
  if (!column.empty()) work.column({column, recipe.protocol.place});
}

/// Every text is made once, so that a value that no text can be made of comes to light.
void check_prompts(Preparation& work) {
  const Manifest& manifest = work.out.manifest;
  for (const NamedPrompt& named : work.recipe.prompts) {
    const Prompt prompt(named.text.text);
    std::vector<const Column*> columns;
    for (const std::string& name : prompt.columns()) columns.push_back(manifest.find(name));
    std::vector<std::string_view> values(columns.size());
    try {
      for (size_t row = 0; row < manifest.lines.size(); ++row) {
        for (size_t i = 0; i < columns.size(); ++i) values[i] = columns[i]->values[row];
        prompt.render(values, manifest.lines[row], manifest.source);
      }
    } catch (const UserError& error) {
      work.mistake(named.text.place, error.what());
    }
  }
}

/// What the leak audit would stop at.
void note_forbidden(Preparation& work) {
  for (const NamedPrompt& named : work.recipe.prompts) {
    for (const std::string& name : columns_of(named.text)) {
      if (!work.recipe.facts.of(name).forbidden()) continue;
      work.note(
          fmt::format("prompt '{}' uses '{}', known {}: the leak audit stops a run with it "
                      "unless --despite-leaks is given",
                      named.name, name, name_of(work.recipe.facts.of(name).known)));
      break;
    }
  }
}

}  // namespace

Prepared prepare(const Recipe& recipe, const std::filesystem::path& data) {
  if (!is_folder(data)) fail("{}: no such folder (--data)", data.string());
  Preparation work{recipe, data, {}, {}};
  const auto clean = [&] { return work.out.mistakes.empty(); };
  read_tables(work);
  if (!clean()) return std::move(work.out);
  keep_only(work);
  clean_fields(work);
  make_label(work);
  check_columns(work);
  if (!clean()) return std::move(work.out);
  check_prompts(work);
  note_forbidden(work);
  work.out.group = recipe.group ? recipe.group->text : "";
  if (recipe.image) {
    find_pictures(work);
    if (clean() && recipe.image->equal_in_one_group) join_groups_of_equal_pictures(work);
  }
  if (clean()) check_median_rows(work);
  return std::move(work.out);
}

}  // namespace puente
