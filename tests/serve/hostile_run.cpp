#include "hostile_run.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <mutex>
#include <thread>

#include "hostile.h"
#include "raw_client.h"
#include "served.h"

namespace puente::test {
namespace {

constexpr size_t kShown = 5;

/// Runs check(index) for all; it says what is wrong, or nothing.
template <class Check>
HostileOutcome run_all(const HostileRun& run, const Check& check) {
  HostileOutcome outcome;
  std::mutex mutex;
  std::atomic<uint64_t> next{run.first};
  std::vector<std::thread> threads;
  for (int t = 0; t < run.threads; ++t) {
    threads.emplace_back([&] {
      for (uint64_t i = next++; i < run.first + run.count; i = next++) {
        bool well = false;
        const std::string wrong = check(i, well);
        const std::lock_guard lock(mutex);
        ++outcome.done;
        outcome.answered_well += well;
        if (!wrong.empty() && outcome.wrong.size() < kShown) {
          outcome.wrong.push_back(fmt::format("seed {}, {}: {}", run.seed, i, wrong));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return outcome;
}

/// But for how long it took.
std::string without_time(const std::string& body) {
  Json json = Json::parse(body);
  json.erase("milliseconds");
  return json.dump();
}

std::string problem_of(serve::Api& api, const HostileCall& hostile, const std::string& correct,
                       bool& well) {
  const serve::Reply reply = api.handle(hostile.call);
  well = reply.status == 200;
  if (reply.status == 500) return "500: " + reply.body;
  if (const std::string why = undocumented(hostile.call, reply); !why.empty()) {
    return fmt::format("{} {}: {}", reply.status, why, reply.body.substr(0, 300));
  }
  if (hostile.expect == Expect::no_success && well) return "it was answered";
  if (hostile.expect == Expect::correct && (!well || without_time(reply.body) != correct)) {
    return "a good request was answered wrongly: " + reply.body.substr(0, 300);
  }
  return "";
}

/// The status lines of a connection's answers.
std::string wrong_status(const std::string& received, bool& well) {
  constexpr std::string_view kLine = "HTTP/1.1 ";
  if (received.empty()) return "";
  if (!received.starts_with(kLine)) return "not an answer: " + received.substr(0, 100);
  for (size_t at = received.find(kLine); at != received.npos; at = received.find(kLine, at + 1)) {
    const std::string status = received.substr(at + kLine.size(), 3);
    well = well || status == "200";
    if (status == "500") return "500: " + received.substr(at, 600);
  }
  return "";
}

}  // namespace

HostileOutcome run_hostile_calls(serve::Api& api, const HostileRun& run) {
  const std::string correct = without_time(api.handle(post("/v1/predict", good_body())).body);
  return run_all(run, [&](uint64_t i, bool& well) {
    return problem_of(api, hostile_call(run.seed, i), correct, well);
  });
}

HostileOutcome run_hostile_bytes(int port, const HostileRun& run) {
  const std::string good = fmt::format(
      "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      good_body().size(), good_body());
  const auto ask_well = [&] {
    RawClient client(port);
    client.send(good);
    const std::string reply = client.receive_reply(std::chrono::seconds(60));
    return reply.starts_with("HTTP/1.1 200")
               ? without_time(reply.substr(reply.find("\r\n\r\n") + 4))
               : reply;
  };
  const std::string correct = ask_well();
  return run_all(run, [&](uint64_t i, bool& well) -> std::string {
    const HostileBytes hostile = hostile_bytes(run.seed, i);
    RawClient client(port);
    if (!client.is_connected()) return "no connection";
    client.send(hostile.bytes);
    client.send_no_more();
    const std::string problem = wrong_status(client.receive_all(std::chrono::seconds(60)), well);
    if (!problem.empty()) return problem;
    if (i % 50 == 0 && ask_well() != correct) return "a good request was answered wrongly";
    return "";
  });
}

}  // namespace puente::test
