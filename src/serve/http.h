// A request and its answer as the API sees them, whatever brought them here.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "formats/json.h"

namespace puente::serve {

struct Call {
  std::string method;  // "GET"; HEAD is answered as GET
  std::string path;    // without a query
  std::string host;
  std::string authorization;
  std::string content_type;
  std::string content_encoding;
  std::optional<int64_t> content_length;
  bool chunked = false;
  std::string body = {};
};

struct Reply {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// What is answered instead: {"error": {"message", "type", "param", "code"}}.
class HttpError : public std::runtime_error {
 public:
  HttpError(int http_status, const std::string& message, std::string parameter = "",
            std::string error_code = "")
      : std::runtime_error(message),
        status(http_status),
        param(std::move(parameter)),
        code(std::move(error_code)) {}

  int status;
  std::string param;  // which part of the request; empty: none in particular
  std::string code;
};

Reply error_reply(const HttpError& error);
/// Of every answer: a browser keeps it to this page, and keeps nothing.
std::vector<std::pair<std::string, std::string>> security_headers();
/// Never throws for bytes that are no UTF-8: they are replaced.
std::string dumped(const Json& json);

}  // namespace puente::serve
