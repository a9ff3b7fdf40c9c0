// What the commands share: one file per command, each adds itself to the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

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
void add_sweep(CLI::App& app, Run& run);
void add_demo(CLI::App& app, Run& run);

/// --quiet, --json, --threads.
void add_common(CLI::App& command, Common& common);

}  // namespace puente::cli
