// puente serve: a local page and an HTTP API for a trained bundle, or for encoders alone.
#include "serve/serve.h"

#include <fstream>
#include <memory>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/trimmed.h"
#include "cli/command.h"
#include "cli/input_options.h"

namespace puente::cli {
namespace {

struct ServerOptions {
  Common common;
  serve::ServeOptions serve;
  EncoderFolders encoders;
  std::string token_file;
};

volatile sig_atomic_t stop_signals = 0;

/// The program's own handler ends long work at its next step; here what is under way is finished.
/// The second signal ends the program at once.
void on_stop(int) {
  if (stop_signals > 0) ::_exit(2);
  stop_signals = 1;
}

class StopSignals {
 public:
  StopSignals() {
    struct sigaction action {};
    action.sa_handler = on_stop;
    ::sigaction(SIGINT, &action, &interrupt_before_);
    ::sigaction(SIGTERM, &action, &terminate_before_);
  }
  ~StopSignals() {
    ::sigaction(SIGINT, &interrupt_before_, nullptr);
    ::sigaction(SIGTERM, &terminate_before_, nullptr);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct sigaction interrupt_before_ {};
  struct sigaction terminate_before_ {};
};

std::string token_in(const std::string& path) {
  const MappedFile file(path);
  const std::string token(trimmed(file.text()));
  if (token.empty()) fail("{}: no token in it", path);
  return token;
}

void run_serve(const ServerOptions& o) {
  serve::ServeOptions options = o.serve;
  options.encoders = {o.encoders.image(), o.encoders.text()};
  options.threads = o.common.thread_count();
  if (!o.token_file.empty()) {
    if (!options.token.empty()) fail("give --token or --token-file, not both");
    options.token = token_in(o.token_file);
  }
  check_serve_options(options);
  const StopSignals signals;
  serve::serve(
      options,
      [&](const serve::Listening& listening) {
        const Json json = {{"url", listening.url}, {"cautions", listening.cautions}};
        show(o.common, json, [&] {
          std::string text;
          for (const std::string& caution : listening.cautions) text += caution + "\n";
          return text + fmt::format("serving on {} ; Ctrl-C stops it\n", listening.url);
        });
        std::fflush(stdout);
      },
      [] { return stop_signals > 0; });
}

}  // namespace

void add_serve(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<ServerOptions>();
  CLI::App* command = app.add_subcommand(
      "serve", "A local page and an HTTP API for a trained classifier, or for encoders alone");
  command->add_option("bundle", o->serve.bundle, "Folder that puente train wrote")
      ->type_name("DIR");
  add_encoder_options(*command, o->encoders);
  command->add_option("--host", o->serve.address.host, "Address to listen on")
      ->type_name("HOST")
      ->capture_default_str();
  command->add_option("--port", o->serve.address.port, "Port; 0 is any free one, which is printed")
      ->check(CLI::Range(0, 65535))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--token", o->serve.token,
                   "What callers must send (Authorization: Bearer TOKEN); others of this machine "
                   "can see it in the list of processes: better")
      ->type_name("TEXT");
  command->add_option("--token-file", o->token_file, "A file that holds it")->type_name("FILE");
  command->add_option("--certificate", o->serve.certificate, "For HTTPS: certificates, PEM")
      ->type_name("FILE");
  command->add_option("--key", o->serve.key, "Its private key, PEM")->type_name("FILE");
  serve::Limits& limits = o->serve.limits;
  command->add_option("--max-body", limits.body_bytes, "Largest body of a request, such as 32M")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 31))
      ->type_name("SIZE")
      ->capture_default_str();
  command->add_option("--max-pixels", limits.pixels, "Largest picture")
      ->check(CLI::PositiveNumber)
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--max-batch", limits.batch, "Most inputs of a request")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--max-requests", limits.requests,
                   "Most requests under way or waiting; more are answered with 429")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--max-connections", limits.connections,
                   "Most open connections; more are answered with 503")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--seconds", limits.seconds, "Longest time for a request")
      ->type_name("S")
      ->capture_default_str();
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_serve(*o); }; });
}

}  // namespace puente::cli
