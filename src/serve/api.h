// The API: what each route answers. Knows requests and answers, not sockets, so that tests can ask
// it a million things quickly.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "predict/predictor.h"
#include "serve/access.h"
#include "serve/batcher.h"
#include "serve/http.h"
#include "serve/limits.h"
#include "serve/metrics.h"

namespace puente::serve {

/// What is served. Borrowed; `predictor` is nullptr without a bundle.
struct Served {
  const Predictor* predictor = nullptr;
  const EmbedRequest* how = nullptr;  // the predictor's, or an encoder's alone
  std::string bundle = {};            // its folder's name
  std::string_view page = {};         // html
  std::string card = {};              // the bundle's card.md; empty: it has none
};

struct ApiOptions {
  Limits limits = {};
  std::string token = {};        // empty: none is asked for
  bool only_local_host = false;  // a Host header must name this machine
  int threads = 1;
};

class Api {
 public:
  Api(const Served& served, const ApiOptions& options);

  /// The encoder, made as `how` says, is there: what asks it has waited for this. Borrowed.
  void open(const RecordEncoder& encoder);

  using Clock = Batcher::Clock;
  /// What can be said without the body: all of an answer, or a refusal. Nothing: the body is
  /// wanted, and goes with the call to answer().
  std::optional<Reply> before_body(const Call& call);

  /// One of limits.requests that may be under way, with room for its body: of all of them, eight
  /// times the largest. Not held: there are too many.
  class Place {
   public:
    Place(Api& api, const Call& call);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    explicit operator bool() const { return held_; }

   private:
    void leave();

    Api& api_;
    int64_t bytes_;
    bool held_ = false;
  };
  Reply too_many();
  /// Of a body.
  HttpError too_large() const;

  /// With the whole body. `began`: when the request's first byte came.
  Reply answer(const Call& call, Clock::time_point began);

  /// All three steps: for callers that have the whole call.
  Reply handle(const Call& call);

  /// From now on whatever would be computed is refused (503).
  void stop();

  const Limits& limits() const { return options_.limits; }
  Metrics& metrics() { return metrics_; }

 private:
  void admit(const Call& call, std::string_view route) const;
  void check_body_head(const Call& call) const;
  Reply get(std::string_view route);
  Reply predict(const Call& call, Clock::time_point began);
  Reply embeddings(const Call& call, Clock::time_point began);
  /// Waits for open(). HttpError where the server stops first, or the deadline comes.
  const RecordEncoder& encoder_by(Clock::time_point deadline);
  Clock::time_point deadline_of(Clock::time_point began) const;
  void run(const std::shared_ptr<Job>& job, Clock::time_point deadline);

  Served served_;
  ApiOptions options_;
  Token token_;
  std::string policy_;  // of the page
  std::string openapi_;
  Metrics metrics_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> body_bytes_{0};  // of requests under way
  std::mutex opening_;
  std::condition_variable opened_;                      // or stopping
  std::atomic<const RecordEncoder*> encoder_{nullptr};  // written last by open()
  std::optional<Batcher> batcher_;
};

}  // namespace puente::serve
