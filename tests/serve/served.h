// A server's API over a small bundle, and requests to it.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "base/base64.h"
#include "formats/json.h"
#include "pages/pages.h"
#include "schema.h"
#include "serve/api.h"
#include "serve/openapi.h"
#include "support/trained_lesions.h"

namespace puente::test {

/// Made once for a test program: training takes a moment.
inline const TrainedLesions& lesions() {
  static const TrainedLesions made;
  return made;
}

inline const Predictor& predictor() {
  static const Predictor loaded(lesions().bundle(), {});
  return loaded;
}

inline const RecordEncoder& encoder() {
  static const RecordEncoder loaded(predictor().how(), 100);
  return loaded;
}

inline serve::Served served() {
  return {&predictor(), &predictor().how(), "bundle", serve_page(), "# A card"};
}

/// An API whose encoder is there.
class ReadyApi : public serve::Api {
 public:
  explicit ReadyApi(const serve::ApiOptions& options = {}) : Api(served(), options) {
    open(encoder());
  }
};

inline std::string data_url(const std::string& bytes) {
  return "data:image/png;base64," + to_base64(std::as_bytes(std::span(bytes)));
}

inline Json record_of(int64_t row) {
  Json record = {{"image", data_url(lesions().picture(row))}};
  for (const auto& [name, value] : lesions().fields(row)) record["fields"][name] = value;
  return record;
}

inline serve::Call get(const std::string& path) {
  return {"GET", path, "localhost", "", "", "", {}, false};
}

inline serve::Call post(const std::string& path, const std::string& body) {
  return {"POST", path, "localhost:8080", "", "application/json", "", std::ssize(body),
          false,  body};
}
inline serve::Call post(const std::string& path, const Json& body) {
  return post(path, body.dump());
}

/// The description has a reply like this for the call; else why not.
inline std::string undocumented(const serve::Call& call, const serve::Reply& reply) {
  static const Json document = serve::openapi_json();
  const Json& paths = document["paths"];
  std::string method = call.method == "POST" ? "post" : "get";
  if (!paths.contains(call.path) || !paths[call.path].contains(method)) {
    // Of no route: only errors, in the form that all have.
    if (reply.status < 400) return "status " + std::to_string(reply.status) + " of no route";
    return mismatch(document, document["components"]["schemas"]["Error"], Json::parse(reply.body));
  }
  const Json& replies = paths[call.path][method]["responses"];
  const std::string status = std::to_string(reply.status);
  if (!replies.contains(status)) return status + " is not described";
  const std::string type = reply.type.substr(0, reply.type.find(';'));
  const Json& content = replies[status]["content"];
  if (!content.contains(type)) return type + " is not described";
  if (type != "application/json") return "";
  return mismatch(document, content[type]["schema"], Json::parse(reply.body));
}

}  // namespace puente::test
