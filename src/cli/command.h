// What the commands share: one file per command, each adds itself to the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "formats/json.h"

namespace puente::cli {

/// Options that every command has.
struct Common {
  bool quiet = false;
  bool json = false;
  int threads = 0;  // 0: every core this process may use

  int thread_count() const;
};

/// A command's options are bound when it is added; its run() is called after parsing.
using Run = std::function<void()>;

void add_embed(CLI::App& app, Run& run);
void add_inspect(CLI::App& app, Run& run);
void add_train(CLI::App& app, Run& run);
void add_finetune(CLI::App& app, Run& run);
void add_evaluate(CLI::App& app, Run& run);
void add_predict(CLI::App& app, Run& run);
void add_serve(CLI::App& app, Run& run);
void add_sweep(CLI::App& app, Run& run);
void add_baselines(CLI::App& app, Run& run);
void add_compare(CLI::App& app, Run& run);
void add_demo(CLI::App& app, Run& run);
void add_models(CLI::App& app, Run& run);
void add_recipe(CLI::App& app, Run& run);
void add_run(CLI::App& app, Run& run);
void add_report(CLI::App& app, Run& run);

/// Another command, given as on the command line without the program's name. UserError as it says,
/// and for words that it does not take.
void run_command_line(const std::vector<std::string>& words);

/// An option that is one of a few words.
template <class T>
void add_choice(CLI::App& command, const std::string& name, T& value,
                const std::vector<std::pair<std::string, T>>& choices, const std::string& help) {
  std::string words;
  for (const auto& [word, meaning] : choices) words += (words.empty() ? "" : "|") + word;
  command
      .add_option_function<std::string>(
          name,
          [&value, name, choices, words](const std::string& text) {
            for (const auto& [word, meaning] : choices) {
              if (word != text) continue;
              value = meaning;
              return;
            }
            throw CLI::ValidationError(name, "'" + text + "' is not one of " + words);
          },
          help)
      ->type_name(words);
}

/// What a command has to say at its end: `json` under --json, else text(), nothing under --quiet.
template <class Text>
void show(const Common& common, const Json& json, Text&& text) {
  if (common.json) {
    fmt::print("{}\n", json.dump(2));
  } else if (!common.quiet) {
    fmt::print("{}", text());
  }
}

/// --quiet, --json, --threads.
void add_common(CLI::App& command, Common& common);

}  // namespace puente::cli
