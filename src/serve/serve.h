// A server from its options to its end.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "bundle/embed_alike.h"
#include "serve/http_server.h"
#include "serve/limits.h"

namespace puente::serve {

struct ServeOptions {
  std::string bundle;             // folder; empty: the encoders alone
  EncoderPlaces encoders;         // where a bundle's are now, or which ones without a bundle
  EncoderSettings settings = {};  // of encoders without a bundle
  Address address = {};
  std::string token;                  // empty: none is asked for
  std::filesystem::path certificate;  // both or none
  std::filesystem::path key;
  Limits limits = {};
  int threads = 1;
};

/// UserError where an address that others can reach has neither a token nor a certificate, and for
/// limits that let nothing through.
void check_serve_options(const ServeOptions& options);

/// Where it listens, and with what.
struct Listening {
  std::string url;
  std::vector<std::string> cautions;
};

/// Listens, calls `ready`, and returns when `is_over` says so and what was under way is answered.
/// A bundle's encoder is loaded after `ready`: the page is there meanwhile, and requests wait.
/// UserError as Predictor's, load_encoder()'s, and HttpServer::start()'s.
void serve(const ServeOptions& options, const std::function<void(const Listening&)>& ready,
           const std::function<bool()>& is_over);

}  // namespace puente::serve
