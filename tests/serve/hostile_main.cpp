// As many hostile requests as wanted, for long runs under sanitizers:
//   hostile_requests --count 1000000 [--seed 1] [--first 0] [--socket-share 0.05] [--threads 4]
// Prints how many were done, and exits with 1 at the first that was answered wrongly.
#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include "hostile_run.h"
#include "serve/http_server.h"
#include "served.h"

int main(int argc, char** argv) {
  using namespace puente;
  test::HostileRun all;
  double share = 0.05;
  CLI::App app("Hostile requests against puente serve");
  app.add_option("--count", all.count)->required();
  app.add_option("--seed", all.seed);
  app.add_option("--first", all.first);
  app.add_option("--socket-share", share, "Of them go over a socket");
  app.add_option("--threads", all.threads);
  CLI11_PARSE(app, argc, argv);
  test::ReadyApi api(
      {.limits = {.body_bytes = 1 << 20, .pixels = 1 << 20, .seconds = 60}, .threads = 2});
  serve::HttpServer server(api, nullptr);
  const int port = server.start({"127.0.0.1", 0});
  constexpr uint64_t kAtOnce = 10'000;
  uint64_t done = 0, over_socket = 0, well = 0;
  for (uint64_t first = all.first; done < all.count; first += kAtOnce) {
    test::HostileRun run = all;
    const uint64_t size = std::min(kAtOnce, all.count - done);
    const auto bytes = static_cast<uint64_t>(share * static_cast<double>(size));
    for (const bool socket : {false, true}) {
      run.count = socket ? bytes : size - bytes;
      run.first = socket ? first + size - bytes : first;
      const test::HostileOutcome outcome =
          socket ? test::run_hostile_bytes(port, run) : test::run_hostile_calls(api, run);
      done += outcome.done;
      over_socket += socket ? outcome.done : 0;
      well += outcome.answered_well;
      if (outcome.wrong.empty()) continue;
      fmt::print("{}\n", fmt::join(outcome.wrong, "\n"));
      return 1;
    }
    fmt::print("{} done, {} of them over a socket; {} answered with 200\n", done, over_socket,
               well);
    std::fflush(stdout);
  }
  return 0;
}
