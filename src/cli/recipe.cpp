// puente recipe: which recipes there are, and whether one is right.
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "cli/recipe_mistakes.h"
#include "recipe/find_recipe.h"
#include "recipe/prepare.h"
#include "report/recipe_report.h"

namespace puente::cli {
namespace {

struct RecipeOptions {
  Common common;
  std::string recipe;
  std::string data;
};

void run_list(const RecipeOptions& o) {
  const std::vector<std::string> names = recipe_names(recipe_folders());
  Json json;
  json["recipes"] = names;
  show(o.common, json, [&] {
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    return text;
  });
}

void run_check(const RecipeOptions& o) {
  RecipeReading reading = read_recipe(find_recipe(o.recipe, recipe_folders()));
  const Recipe& recipe = reading.recipe;
  std::vector<RecipeMistake> mistakes = std::move(reading.mistakes);
  std::optional<Prepared> prepared;
  if (mistakes.empty() && !o.data.empty()) {
    prepared = prepare(recipe, o.data);
    mistakes = prepared->mistakes;
  }
  const Json json = recipe_json(recipe, prepared, mistakes);
  if (mistakes.empty()) {
    show(o.common, json, [&] { return recipe_text(json); });
    return;
  }
  if (o.common.json) fmt::print("{}\n", json.dump(2));
  ProgressBar progress(o.common.quiet);
  refuse_mistakes(mistakes, recipe.source, progress);
}

}  // namespace

void add_recipe(CLI::App& app, Run& run_command) {
  CLI::App* command =
      app.add_subcommand("recipe", "Data sets as files: list the recipes, or check one");
  command->require_subcommand(1);

  auto listed = std::make_shared<RecipeOptions>();
  CLI::App* list = command->add_subcommand("list", "The recipes that came with the program");
  add_common(*list, listed->common);
  list->callback([listed, &run_command] { run_command = [listed] { run_list(*listed); }; });

  auto o = std::make_shared<RecipeOptions>();
  CLI::App* check = command->add_subcommand(
      "check", "Explain every mistake of a recipe, and show what its prompts become");
  check->add_option("recipe", o->recipe, "Name of a recipe, or a file")
      ->type_name("NAME|FILE")
      ->required();
  check->add_option("--data", o->data, "Folder of the data: holds the recipe against it")
      ->type_name("DIR");
  add_common(*check, o->common);
  check->callback([o, &run_command] { run_command = [o] { run_check(*o); }; });
}

}  // namespace puente::cli
