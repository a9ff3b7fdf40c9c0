#include "serve/http.h"

namespace puente::serve {
namespace {

std::string type_of(int status) {
  if (status == 401) return "authentication_error";
  if (status == 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::pair<std::string, std::string>> security_headers() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cache-Control", "no-store"}};
}

Reply error_reply(const HttpError& error) {
  Reply reply;
  reply.status = error.status;
  reply.body = dumped({{"error",
                        {{"message", error.what()},
                         {"type", type_of(error.status)},
                         {"param", or_null(error.param)},
                         {"code", or_null(error.code)}}}});
  if (error.status == 429 || error.status == 503) reply.headers.emplace_back("Retry-After", "1");
  if (error.status == 401) {
    reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"puente\"");
  }
  return reply;
}

}  // namespace puente::serve
