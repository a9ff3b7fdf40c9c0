// puente: images and text in, an aligned, trained and evaluated classifier out.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/ranges.h>
#include <signal.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "cli/command.h"
#include "cli/own_process.h"

namespace puente::cli {

int Common::thread_count() const { return threads > 0 ? threads : available_cores(); }

void add_common(CLI::App& command, Common& common) {
  command.add_flag("--quiet,-q", common.quiet, "No progress, no notes, only errors");
  command.add_flag("--json", common.json, "Print the result as JSON on standard output");
  command
      .add_option("--threads", common.threads,
                  "Threads to use; 0 is one for each core that the process may use")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
}

namespace {

constexpr int kDone = 0;
constexpr int kOurBug = 1;
constexpr int kUsersInput = 2;

void on_interrupt(int) {
  // A second Ctrl-C ends the program at once.
  if (interrupt_requested()) ::_exit(kUsersInput);
  request_interrupt();
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file size limit then reads as an ordinary write error
}

int parse_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  const auto chosen = app.get_subcommands();
  if (!chosen.empty()) {
    fmt::print(stderr, "puente: {}; see puente {} --help\n", text, chosen.front()->get_name());
    return kUsersInput;
  }
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
  const std::vector<std::string> rest = app.remaining();
  fmt::print(stderr, "puente: {}; the commands are {}; see puente --help\n",
             rest.empty() ? "which command?" : fmt::format("'{}' is not a command", rest.front()),
             fmt::join(commands, ", "));
  return kUsersInput;
}

void set_up(CLI::App& app, Run& command) {
  app.require_subcommand(1);
  add_demo(app, command);
  add_run(app, command);
  add_embed(app, command);
  add_inspect(app, command);
  add_train(app, command);
  add_finetune(app, command);
  add_evaluate(app, command);
  add_predict(app, command);
  add_serve(app, command);
  add_sweep(app, command);
  add_baselines(app, command);
  add_compare(app, command);
  add_report(app, command);
  add_models(app, command);
  add_recipe(app, command);
}

int run(int argc, char** argv) {
  CLI::App app(
      "puente: embed images and text, align the two, train a small classifier, and report numbers "
      "that can be trusted. Runs on a CPU, offline.",
      "puente");
  app.set_version_flag("--version", std::string("puente ") + PUENTE_VERSION);
  Run command;
  set_up(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_error(app, error);
  }
  try {
    command();
    if (std::fflush(stdout) != 0) fail("standard output cannot be written to");
  } catch (const Interrupted&) {
    // The command whose step this is says it.
    if (!is_step_of_another()) {
      fmt::print(stderr, "puente: interrupted; unfinished files were removed\n");
    }
    return kUsersInput;
  } catch (const UserError& error) {
    fmt::print(stderr, "puente: {}\n", error.what());
    return kUsersInput;
  } catch (const std::filesystem::filesystem_error& error) {
    fmt::print(stderr, "puente: {}: {}\n", error.path1().string(), error.code().message());
    return kUsersInput;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "puente: not enough memory\n");
    return kUsersInput;
  } catch (const std::exception& error) {
    fmt::print(stderr, "puente: this is a bug in puente, please report it: {}\n", error.what());
    return kOurBug;
  }
  return kDone;
}

}  // namespace

void run_command_line(const std::vector<std::string>& words) {
  CLI::App app;
  Run command;
  set_up(app, command);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 wants them so
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    fail("puente {}: {}", words.front(), text);
  }
  command();
}

}  // namespace puente::cli

int main(int argc, char** argv) {
  puente::cli::catch_interrupts();
  return puente::cli::run(argc, argv);
}
