#include "serve/serve.h"

#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/file_status.h"
#include "base/mapped_file.h"
#include "pages/pages.h"
#include "predict/predictor.h"

namespace puente::serve {
namespace {

constexpr size_t kCached = 4096;  // vectors of pictures, and of texts
constexpr std::chrono::milliseconds kLookForTheEnd{20};

/// Of encoders without a bundle: pictures and texts as `puente embed` takes them by default.
EmbedRequest request_of(const ServeOptions& o) {
  EmbedRequest request;
  const auto& [image, text] = o.encoders;
  if (image.empty() && text.empty()) {
    fail("give a bundle that `puente train` wrote, or --encoder DIR for embeddings alone");
  }
  const bool one = image == text;
  const EncoderParts of_image = image.empty() ? EncoderParts{false, false} : encoder_parts(image);
  const EncoderParts of_text = text.empty() ? EncoderParts{false, false} : encoder_parts(text);
  if (!image.empty() && !of_image.image && !one) {
    fail("--image-encoder {}: a model of texts only", image);
  }
  if (!text.empty() && !of_text.text && !one) {
    fail("--text-encoder {}: a model of images only", text);
  }
  if (of_image.image) {
    request.job.images.emplace();
    request.image_encoder = {image, o.settings};
  }
  if (of_text.text) {
    request.job.texts = TextInput{Prompt::of_column("text")};
    request.text_encoder = {text, o.settings};
  }
  return request;
}

/// However serve() ends: what waits is refused, what is under way is answered.
struct Stopping {
  Api& api;
  HttpServer& server;

  ~Stopping() {
    api.stop();
    server.stop();
  }
};

}  // namespace

void check_serve_options(const ServeOptions& o) {
  if (o.certificate.empty() != o.key.empty()) fail("give --certificate and --key, or neither");
  if (!is_loopback(o.address.host) && o.token.empty() && o.certificate.empty()) {
    fail(
        "--host {}: others can reach this address: give --token (or --token-file), or "
        "--certificate "
        "and --key",
        o.address.host);
  }
  if (!o.token.empty()) check_token(o.token);
  if (o.limits.seconds <= 0) fail("--seconds {}: give a number above 0", o.limits.seconds);
}

void serve(const ServeOptions& o, const std::function<void(const Listening&)>& ready,
           const std::function<bool()>& is_over) {
  check_serve_options(o);
  TlsContext tls;
  if (!o.certificate.empty()) tls = make_tls_context(o.certificate, o.key);
  std::optional<Predictor> predictor;
  EmbedRequest alone;
  Served served;
  Listening listening;
  if (!o.bundle.empty()) {
    predictor.emplace(o.bundle, o.encoders);
    served.predictor = &*predictor;
    served.how = &predictor->how();
    listening.cautions = bundle_cautions(predictor->labels());
    served.bundle = name_of_folder(o.bundle);
    const std::filesystem::path card = std::filesystem::path(o.bundle) / "card.md";
    if (file_exists(card)) served.card = MappedFile(card).text();
  } else {
    alone = request_of(o);
    served.how = &alone;
  }
  served.page = serve_page();
  const bool encrypted = tls != nullptr;
  std::optional<RecordEncoder> encoder;
  Api api(served, {o.limits, o.token, is_loopback(o.address.host), o.threads});
  HttpServer server(api, std::move(tls));
  const Stopping at_the_end{api, server};
  const auto load = [&] {
    encoder.emplace(*served.how, kCached);
    api.open(*encoder);
  };
  // A bundle's page can be filled in while the encoder is loaded; without one there is nothing to
  // do.
  if (!predictor) {
    load();
    if (encoder->untrained()) {
      listening.cautions.emplace_back("an encoder's weights are random numbers");
    }
  }
  const int port = server.start(o.address);
  const bool is_ipv6 = o.address.host.find(':') != std::string::npos;
  listening.url = fmt::format("{}://{}{}{}:{}/", encrypted ? "https" : "http", is_ipv6 ? "[" : "",
                              o.address.host, is_ipv6 ? "]" : "", port);
  ready(listening);
  if (predictor) load();
  while (!is_over()) std::this_thread::sleep_for(kLookForTheEnd);
}

}  // namespace puente::serve
