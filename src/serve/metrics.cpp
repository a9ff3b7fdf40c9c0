#include "serve/metrics.h"

#include <fmt/format.h>

namespace puente::serve {

void Metrics::saw_reply(const std::string& route, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++replies_[{route, status}];
  Seconds& own = seconds_[route];
  ++own.count;
  own.sum += seconds;
  for (size_t i = 0; i < kBounds.size(); ++i) {
    if (seconds > kBounds[i]) continue;
    ++own.up_to[i];
    break;
  }
}

void Metrics::saw_batch(int64_t records) {
  const std::lock_guard lock(mutex_);
  ++batches_;
  records_ += records;
}

std::string Metrics::text() const {
  std::string text;
  const auto head = [&text](const char* name, const char* type, const char* help) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  };
  const auto single = [&](const char* name, const char* type, const char* help, int64_t value) {
    head(name, type, help);
    text += fmt::format("{} {}\n", name, value);
  };
  const std::lock_guard lock(mutex_);
  head("puente_requests_total", "counter", "Requests answered, by route and status.");
  for (const auto& [key, count] : replies_) {
    text += fmt::format("puente_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first,
                        key.second, count);
  }
  head("puente_request_seconds", "histogram", "From a request's head to its answer.");
  for (const auto& [route, own] : seconds_) {
    int64_t sum = 0;
    for (size_t i = 0; i < kBounds.size(); ++i) {
      sum += own.up_to[i];
      text += fmt::format("puente_request_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n", route,
                          kBounds[i], sum);
    }
    text += fmt::format("puente_request_seconds_bucket{{route=\"{}\",le=\"+Inf\"}} {}\n", route,
                        own.count);
    text += fmt::format("puente_request_seconds_sum{{route=\"{}\"}} {}\n", route, own.sum);
    text += fmt::format("puente_request_seconds_count{{route=\"{}\"}} {}\n", route, own.count);
  }
  single("puente_batches_total", "counter", "Batches computed.", batches_);
  single("puente_records_total", "counter", "Records computed.", records_);
  single("puente_records_waiting", "gauge", "Records in the queue.", waiting.load());
  single("puente_requests_under_way", "gauge", "Requests read, waiting or computed.",
         under_way.load());
  single("puente_connections", "gauge", "Open connections.", connections.load());
  single("puente_connections_refused_total", "counter", "Connections that were too many.",
         refused.load());
  return text;
}

}  // namespace puente::serve
