// A closed loop of clients against `puente serve`: each sends a row of a manifest, waits for its
// answer, and takes the next. Bodies are made before the clock starts; rates and times are those
// after the first answers (--warm-up), when the loop has found its pace; with --expect every answer
// is held to what `puente predict --manifest` wrote for the row. bench/serve.py drives it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <httplib.h>
#include <mutex>
#include <thread>
#include <vector>

#include "base/base64.h"
#include "base/mapped_file.h"
#include "data/manifest.h"
#include "formats/json.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  int port = 0;
  std::string manifest, images, column = "image", expect;
  std::vector<std::string> fields;
  int clients = 16;
  size_t warm_up = 0;
};

std::vector<std::string> bodies_of(const Options& o) {
  const puente::Manifest manifest = puente::read_manifest(o.manifest);
  std::vector<std::string> bodies;
  for (int64_t row = 0; row < manifest.rows(); ++row) {
    const auto at = [&](const std::string& name) {
      return manifest.column(name, "bench").values[static_cast<size_t>(row)];
    };
    const puente::MappedFile file(std::filesystem::path(o.images) / at(o.column));
    puente::Json body;
    body["image"] = "data:image/*;base64," + puente::to_base64(file.bytes());
    for (const std::string& name : o.fields) body["fields"][name] = at(name);
    bodies.push_back(body.dump());
  }
  return bodies;
}

/// Is the answer what predict wrote, to the digit?
bool is_expected(const puente::Manifest& expected, size_t row, const std::string& text) {
  const puente::Json label = puente::parse_json(text, "answer")["predictions"][0]["labels"][0];
  if (label["predicted"] != expected.column("predicted_class", "bench").values[row]) return false;
  for (const auto& [name, value] : label["probabilities"].items()) {
    const std::string& own = expected.column("probability_" + name, "bench").values[row];
    if (std::stof(own) != value.get<float>()) return false;
  }
  return true;
}

struct Answer {
  Clock::time_point at;
  double milliseconds = 0;
};

struct Seen {
  std::vector<Answer> answered;
  std::vector<double> refused;  // milliseconds
  int64_t failed = 0;
  int64_t wrong = 0;
};

double at_share(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double place = std::ceil(share * static_cast<double>(values.size()));
  return values[static_cast<size_t>(std::max(0.0, place - 1))];
}

Seen run_clients(const Options& o, const std::vector<std::string>& bodies) {
  std::optional<puente::Manifest> expected;
  if (!o.expect.empty()) expected = puente::read_manifest(o.expect);
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Seen all;
  std::vector<std::thread> threads;
  for (int c = 0; c < o.clients; ++c) {
    threads.emplace_back([&] {
      httplib::Client client("127.0.0.1", o.port);
      client.set_keep_alive(true);
      client.set_tcp_nodelay(true);
      client.set_read_timeout(120);
      Seen own;
      for (size_t i = next++; i < bodies.size(); i = next++) {
        const Clock::time_point began = Clock::now();
        const httplib::Result result = client.Post("/v1/predict", bodies[i], "application/json");
        const Clock::time_point ended = Clock::now();
        const double ms = std::chrono::duration<double, std::milli>(ended - began).count();
        if (!result) {
          ++own.failed;
        } else if (result->status == 429 || result->status == 503) {
          own.refused.push_back(ms);
        } else if (result->status != 200) {
          ++own.failed;
        } else {
          own.answered.push_back({ended, ms});
          if (expected && !is_expected(*expected, i, result->body)) ++own.wrong;
        }
      }
      const std::lock_guard lock(mutex);
      all.answered.insert(all.answered.end(), own.answered.begin(), own.answered.end());
      all.refused.insert(all.refused.end(), own.refused.begin(), own.refused.end());
      all.failed += own.failed;
      all.wrong += own.wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::ranges::sort(all.answered, {}, &Answer::at);
  return all;
}

/// The answers after the first ones, and their rate.
struct Steady {
  std::vector<double> milliseconds;
  double per_second = 0;
};

Steady steady_of(const std::vector<Answer>& answered, size_t warm_up, Clock::time_point began) {
  Steady steady;
  if (answered.size() <= warm_up) return steady;
  for (size_t i = warm_up; i < answered.size(); ++i) {
    steady.milliseconds.push_back(answered[i].milliseconds);
  }
  const Clock::time_point from = warm_up == 0 ? began : answered[warm_up - 1].at;
  const double seconds = std::chrono::duration<double>(answered.back().at - from).count();
  steady.per_second = static_cast<double>(steady.milliseconds.size()) / seconds;
  return steady;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app("Clients of puente serve in a closed loop");
  app.add_option("--port", o.port)->required();
  app.add_option("--manifest", o.manifest)->required();
  app.add_option("--images", o.images)->required();
  app.add_option("--image-column", o.column);
  app.add_option("--fields", o.fields)->delimiter(',');
  app.add_option("--clients", o.clients);
  app.add_option("--warm-up", o.warm_up, "Answers before rates and times are taken");
  app.add_option("--expect", o.expect, "Predictions of the same rows");
  CLI11_PARSE(app, argc, argv);
  const std::vector<std::string> bodies = bodies_of(o);
  const Clock::time_point began = Clock::now();
  const Seen seen = run_clients(o, bodies);
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  const Steady steady = steady_of(seen.answered, o.warm_up, began);
  const puente::Json json = {{"requests", bodies.size()},
                             {"clients", o.clients},
                             {"seconds", seconds},
                             {"answered", seen.answered.size()},
                             {"warm_up", o.warm_up},
                             {"per_second", steady.per_second},
                             {"milliseconds",
                              {{"p50", at_share(steady.milliseconds, 0.5)},
                               {"p99", at_share(steady.milliseconds, 0.99)},
                               {"max", at_share(steady.milliseconds, 1)}}},
                             {"refused", seen.refused.size()},
                             {"refused_milliseconds",
                              {{"p50", at_share(seen.refused, 0.5)},
                               {"p99", at_share(seen.refused, 0.99)},
                               {"max", at_share(seen.refused, 1)}}},
                             {"failed", seen.failed},
                             {"wrong", seen.wrong}};
  fmt::print("{}\n", json.dump(2));
  return seen.failed + seen.wrong == 0 ? 0 : 1;
}
