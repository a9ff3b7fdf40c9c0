#include "serve/api.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fmt/ranges.h>

#include "base/base64.h"
#include "base/error.h"
#include "pages/pages.h"
#include "predict/prediction_json.h"
#include "serve/bundle_json.h"
#include "serve/openapi.h"
#include "serve/request_json.h"

namespace puente::serve {
namespace {

constexpr int64_t kBodiesAtOnce = 8;  // of the largest size
constexpr const char* kStopping = "the server is stopping";
constexpr const char* kLoading = "the encoder is still being loaded";
constexpr std::string_view kPredict = "/v1/predict";
constexpr std::string_view kEmbeddings = "/v1/embeddings";
constexpr std::string_view kGetRoutes[] = {"/", "/health", "/metrics", "/openapi.json",
                                           "/v1/bundle"};
/// What somebody without the token may see: that there is a server, and how to ask it.
constexpr std::string_view kOpenRoutes[] = {"/", "/health", "/openapi.json"};

bool is_post_route(std::string_view path) { return path == kPredict || path == kEmbeddings; }

/// One of our own routes, or "other".
std::string route_of(std::string_view path) {
  const bool known = is_post_route(path) || std::ranges::count(kGetRoutes, path) > 0;
  return std::string(known ? path : "other");
}

double milliseconds_since(Api::Clock::time_point began) {
  const std::chrono::duration<double, std::milli> time = Api::Clock::now() - began;
  return std::round(time.count() * 1000) / 1000;
}

double seconds_since(Api::Clock::time_point began) {
  return std::chrono::duration<double>(Api::Clock::now() - began).count();
}

bool is_json_type(std::string_view type) {
  constexpr std::string_view kJson = "application/json";
  if (type.size() < kJson.size()) return false;
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  if (!std::ranges::equal(type.substr(0, kJson.size()), kJson, {}, lower)) return false;
  return type.size() == kJson.size() || type[kJson.size()] == ';' || type[kJson.size()] == ' ';
}

/// "inputs[3]: ..." where a request has several.
HttpError problem_of(const Job& job, size_t record) {
  const std::string& problem = job.outcomes[record].problem;
  if (job.records.size() == 1) return {400, problem};
  return {400, fmt::format("input {}: {}", record, problem), fmt::format("{}", record)};
}

Json encoded(std::span<const float> vector, bool base64) {
  if (base64) return to_base64(std::as_bytes(vector));
  return Json(std::vector<float>(vector.begin(), vector.end()));
}

}  // namespace

Api::Place::Place(Api& api, const Call& call)
    : api_(api), bytes_(call.content_length.value_or(api.limits().body_bytes)) {
  const bool is_free = api_.metrics_.under_way.fetch_add(1) < api_.limits().requests;
  const bool has_room =
      api_.body_bytes_.fetch_add(bytes_) + bytes_ <= kBodiesAtOnce * api_.limits().body_bytes;
  held_ = is_free && has_room;
  if (!held_) leave();
}

Api::Place::~Place() {
  if (held_) leave();
}

void Api::Place::leave() {
  api_.metrics_.under_way.fetch_sub(1);
  api_.body_bytes_.fetch_sub(bytes_);
}

Api::Api(const Served& served, const ApiOptions& options)
    : served_(served),
      options_(options),
      token_(options.token),
      policy_(page_policy(served.page)),
      openapi_(dumped(openapi_json())) {}

void Api::open(const RecordEncoder& encoder) {
  batcher_.emplace(encoder, served_.predictor, options_.threads, limits().pixels, metrics_);
  {
    const std::lock_guard lock(opening_);
    encoder_ = &encoder;
  }
  opened_.notify_all();
}

void Api::stop() {
  {
    const std::lock_guard lock(opening_);
    stopping_ = true;
  }
  opened_.notify_all();
}

const RecordEncoder& Api::encoder_by(Clock::time_point deadline) {
  if (const RecordEncoder* encoder = encoder_) return *encoder;
  std::unique_lock lock(opening_);
  opened_.wait_until(lock, deadline, [this] { return encoder_ != nullptr || stopping_; });
  if (encoder_ != nullptr) return *encoder_;
  if (stopping_) throw HttpError(503, kStopping);
  throw HttpError(503, kLoading);
}

/// HttpError where the caller may not ask for it.
void Api::admit(const Call& call, std::string_view route) const {
  if (options_.only_local_host && !is_local_host_header(call.host)) {
    throw HttpError(400, "the Host header must name this machine: localhost or 127.0.0.1");
  }
  if (std::ranges::count(kOpenRoutes, route) > 0) return;
  if (!token_.admits(call.authorization)) {
    throw HttpError(401, "give the server's token: Authorization: Bearer TOKEN", "",
                    "invalid_api_key");
  }
}

void Api::check_body_head(const Call& call) const {
  if (stopping_) throw HttpError(503, kStopping);
  if (!is_json_type(call.content_type)) {
    throw HttpError(415, "send Content-Type: application/json");
  }
  if (!call.content_encoding.empty() && call.content_encoding != "identity") {
    throw HttpError(415, "send the body as it is, without a Content-Encoding");
  }
  if (!call.content_length && !call.chunked) throw HttpError(411, "send a Content-Length");
  if (call.content_length && *call.content_length > limits().body_bytes) {
    throw too_large();
  }
}

std::optional<Reply> Api::before_body(const Call& call) {
  const Clock::time_point began = Clock::now();
  const std::string route = route_of(call.path);
  const auto reply_of = [&]() -> std::optional<Reply> {
    admit(call, route);
    if (route == "other") throw HttpError(404, "there is no such path; see /openapi.json");
    const bool reads = call.method == "GET" || call.method == "HEAD";
    if (is_post_route(route)) {
      if (call.method != "POST") throw HttpError(405, "send it with POST");
      if (route == kPredict && served_.predictor == nullptr) {
        throw HttpError(404, "the server was started without a bundle: it only embeds");
      }
      check_body_head(call);
      return std::nullopt;
    }
    if (!reads) throw HttpError(405, "ask for it with GET");
    return get(route);
  };
  std::optional<Reply> reply;
  try {
    reply = reply_of();
    if (!reply) return std::nullopt;
  } catch (const HttpError& error) {
    reply = error_reply(error);
    if (error.status == 405) {
      reply->headers.emplace_back("Allow", is_post_route(route) ? "POST" : "GET, HEAD");
    }
  }
  metrics_.saw_reply(route, reply->status, seconds_since(began));
  return reply;
}

HttpError Api::too_large() const {
  return {413, fmt::format("a body of more than {} bytes", limits().body_bytes)};
}

Reply Api::too_many() {
  metrics_.saw_reply("over capacity", 429, 0);
  return error_reply(HttpError(429, "too many requests are under way; try again in a second"));
}

Reply Api::get(std::string_view route) {
  Reply reply;
  if (route == "/") {
    reply.type = "text/html; charset=utf-8";
    reply.body = served_.page;
    reply.headers.emplace_back("Content-Security-Policy", policy_);
  } else if (route == "/metrics") {
    reply.type = "text/plain; version=0.0.4; charset=utf-8";
    reply.body = metrics_.text();
  } else if (route == "/openapi.json") {
    reply.body = openapi_;
  } else if (route == "/health") {
    if (stopping_) throw HttpError(503, kStopping);
    if (encoder_ == nullptr) throw HttpError(503, kLoading);
    reply.body = "{\"status\":\"ok\"}";
  } else {
    reply.body = dumped(bundle_json(served_, encoder_, limits()));
  }
  return reply;
}

Reply Api::answer(const Call& call, Clock::time_point began) {
  const std::string route = route_of(call.path);
  Reply reply;
  try {
    reply = call.path == kPredict ? predict(call, began) : embeddings(call, began);
  } catch (const HttpError& error) {
    reply = error_reply(error);
  } catch (const std::bad_alloc&) {
    reply = error_reply(HttpError(503, "not enough memory for it now"));
  } catch (const UserError& error) {
    reply = error_reply(HttpError(400, error.what()));
  } catch (const std::exception&) {
    // What it says may quote the request, and is for nobody outside.
    reply = error_reply(HttpError(500, "this is a bug in puente, please report it"));
  }
  metrics_.saw_reply(route, reply.status, seconds_since(began));
  return reply;
}

Reply Api::handle(const Call& call) {
  const Clock::time_point began = Clock::now();
  if (std::optional<Reply> reply = before_body(call)) return std::move(*reply);
  const Place held(*this, call);
  if (!held) return too_many();
  if (std::ssize(call.body) > limits().body_bytes) {
    return error_reply(too_large());
  }
  return answer(call, began);
}

Api::Clock::time_point Api::deadline_of(Clock::time_point began) const {
  return began + std::chrono::duration_cast<Clock::duration>(
                     std::chrono::duration<double>(limits().seconds));
}

/// HttpError for what ended in another way than with answers.
void Api::run(const std::shared_ptr<Job>& job, Clock::time_point deadline) {
  switch (batcher_->run(job, deadline)) {
    case Batcher::End::done:
      break;
    case Batcher::End::late:
      throw HttpError(504, fmt::format("not done within {} seconds", limits().seconds));
    case Batcher::End::failed:
      throw HttpError(500, "this is a bug in puente, please report it");
  }
  for (size_t i = 0; i < job->records.size(); ++i) {
    if (!job->outcomes[i].problem.empty()) throw problem_of(*job, i);
  }
}

Reply Api::predict(const Call& call, Clock::time_point began) {
  const Predictor& predictor = *served_.predictor;
  std::vector<RecordInput> inputs = predict_inputs(parse_body(call.body), limits());
  const auto job = std::make_shared<Job>();
  job->predict = true;
  std::vector<std::vector<std::string>> cautions(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    RecordInput& input = inputs[i];
    const std::string where = inputs.size() == 1 ? "" : fmt::format("inputs[{}]", i);
    try {
      if (input.fields) {
        FilledText filled = predictor.fill(*input.fields);
        input.text = std::move(filled.text);
        cautions[i] = std::move(filled.cautions);
      } else if (input.text && predictor.prompt() != nullptr) {
        cautions[i].emplace_back(
            "the text did not come from the bundle's template, as those of its training did");
      }
      job->pictures.push_back(std::move(input.pictures));
      Record& record = job->records.emplace_back(Record{{}, std::move(input.text)});
      for (const std::string& bytes : job->pictures.back()) {
        record.pictures.push_back(std::as_bytes(std::span(bytes)));
      }
      predictor.check(record);
    } catch (const UserError& error) {
      throw HttpError(400, where.empty() ? error.what() : where + ": " + error.what(), where);
    }
  }
  encoder_by(deadline_of(began));
  run(job, deadline_of(began));
  const std::vector<std::string> of_bundle = bundle_cautions(predictor.labels());
  Json predictions = Json::array();
  for (size_t i = 0; i < job->outcomes.size(); ++i) {
    std::vector<std::string>& own = job->outcomes[i].prediction.cautions;
    own.insert(own.begin(), cautions[i].begin(), cautions[i].end());
    own.insert(own.begin(), of_bundle.begin(), of_bundle.end());
    predictions.push_back(prediction_json(predictor.labels(), job->outcomes[i].prediction));
  }
  Reply reply;
  reply.body = dumped({{"predictions", predictions}, {"milliseconds", milliseconds_since(began)}});
  return reply;
}

Reply Api::embeddings(const Call& call, Clock::time_point began) {
  EmbeddingsInput input = embeddings_input(parse_body(call.body), limits());
  const std::vector<std::string> models = model_names(served_);
  if (!input.model.empty() && std::ranges::count(models, input.model) == 0) {
    throw HttpError(404,
                    fmt::format("no such model here; this server has {}", fmt::join(models, ", ")),
                    "model", "model_not_found");
  }
  const RecordEncoder& encoder = encoder_by(deadline_of(began));
  const auto job = std::make_shared<Job>();
  job->pictures.reserve(input.of.size());
  for (RecordInput& one : input.of) {
    const bool is_picture = !one.pictures.empty();
    const int64_t dimension = is_picture ? encoder.image_dim() : encoder.text_dim();
    if (dimension == 0) {
      throw HttpError(
          400, fmt::format("this server's encoder takes no {}", is_picture ? "pictures" : "texts"),
          "input");
    }
    if (input.dimensions && *input.dimensions != dimension) {
      throw HttpError(400, fmt::format("its vectors have {} numbers, and are not cut", dimension),
                      "dimensions");
    }
    job->pictures.push_back(std::move(one.pictures));
    Record& record = job->records.emplace_back(Record{{}, std::move(one.text)});
    for (const std::string& bytes : job->pictures.back()) {
      record.pictures.push_back(std::as_bytes(std::span(bytes)));
    }
  }
  run(job, deadline_of(began));
  Json data = Json::array();
  int64_t tokens = 0;
  for (size_t i = 0; i < job->records.size(); ++i) {
    tokens += job->tokens[i];
    data.push_back({{"object", "embedding"},
                    {"index", i},
                    {"embedding", encoded(job->vectors[i], input.base64)}});
  }
  Reply reply;
  reply.body = dumped({{"object", "list"},
                       {"data", data},
                       {"model", input.model.empty() ? models.front() : input.model},
                       {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
  return reply;
}

}  // namespace puente::serve
