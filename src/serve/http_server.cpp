#include "serve/http_server.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "base/error.h"
#include "serve/connection.h"
#include "serve/connection_threads.h"

namespace puente::serve {
namespace {

constexpr int kBacklog = 512;  // the library's own is 5
constexpr int kRequestsOfAConnection = 10'000;
constexpr std::chrono::milliseconds kIdle{15'000};

/// The one that this thread serves.
thread_local Connection* current = nullptr;

/// Whole, for where there is no request to answer.
std::string raw_reply(const HttpError& error, const char* reason) {
  const Reply reply = error_reply(error);
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
      reply.status, reason, reply.type, reply.body.size());
  for (const auto& headers : {security_headers(), reply.headers}) {
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  }
  return text + "\r\n" + reply.body;
}

void fill(httplib::Response& response, const Reply& reply) {
  response.status = reply.status;
  response.set_content(reply.body, reply.type);
  for (const auto& headers : {security_headers(), reply.headers}) {
    for (const auto& [name, value] : headers) response.set_header(name, value);
  }
  if (current->has_unread_body()) response.set_header("Connection", "close");
}

Call call_of(const httplib::Request& request) {
  Call call;
  call.method = request.method;
  call.path = request.path;
  call.host = request.get_header_value("Host");
  call.authorization = request.get_header_value("Authorization");
  call.content_type = request.get_header_value("Content-Type");
  call.content_encoding = request.get_header_value("Content-Encoding");
  call.content_length = current->content_length();
  call.chunked = current->chunked();
  return call;
}

/// Two servers on one port, which SO_REUSEPORT would allow, are a mistake.
void only_reuse_address(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

HttpServer::HttpServer(Api& api, TlsContext tls) : api_(api), tls_(std::move(tls)) {
  std::signal(SIGPIPE, SIG_IGN);  // TLS writes without a flag against it
  set_socket_options(only_reuse_address);
  set_keep_alive_max_count(kRequestsOfAConnection);  // what it tells callers; we count ourselves
  set_keep_alive_timeout(kIdle.count() / 1000);
  const int64_t most = api_.limits().connections;
  new_task_queue = [most] { return new ConnectionThreads(most); };
  set_handlers();
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::set_handlers() {
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    return before_body(request, response);
  });
  const httplib::Server::HandlerWithContentReader handler =
      [this](const httplib::Request& request, httplib::Response& response,
             const httplib::ContentReader& reader) { with_body(request, response, reader); };
  Post("/v1/predict", handler);
  Post("/v1/embeddings", handler);
  // Of what the library itself refuses.
  set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return;
    fill(response, error_reply(HttpError(response.status, "the request is not understood")));
  });
  set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
        fill(response, error_reply(HttpError(500, "this is a bug in puente, please report it")));
      });
}

httplib::Server::HandlerResponse HttpServer::before_body(const httplib::Request& request,
                                                         httplib::Response& response) {
  const std::optional<Reply> reply = api_.before_body(call_of(request));
  if (!reply) return HandlerResponse::Unhandled;
  fill(response, *reply);
  return HandlerResponse::Handled;
}

void HttpServer::with_body(const httplib::Request& request, httplib::Response& response,
                           const httplib::ContentReader& reader) {
  Call call = call_of(request);
  const Api::Place place(api_, call);
  if (!place) return fill(response, api_.too_many());
  const auto most = static_cast<size_t>(api_.limits().body_bytes);
  if (call.content_length) call.body.reserve(static_cast<size_t>(*call.content_length));
  bool too_large = false;
  const bool whole = reader([&](const char* data, size_t size) {
    too_large = call.body.size() + size > most;
    if (!too_large) call.body.append(data, size);
    return !too_large;
  });
  if (!whole) {
    const HttpError error =
        too_large ? api_.too_large() : HttpError(400, "the body ended early, or took too long");
    return fill(response, error_reply(error));
  }
  current->body_is_read();
  fill(response, api_.answer(call, current->began()));
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  if (ConnectionThreads::is_refusing()) {
    refuse(socket);
    return false;
  }
  api_.metrics().connections.fetch_add(1);
  try {
    serve_connection(socket);
  } catch (const std::exception&) {  // no memory
  }
  api_.metrics().connections.fetch_sub(1);
  lingerer_.close(socket);
  return true;
}

/// On the thread that accepts: nothing here may wait.
void HttpServer::refuse(int socket) {
  api_.metrics().refused.fetch_add(1);
  if (tls_ != nullptr) {
    ::close(socket);
    return;
  }
  const std::string text = raw_reply(HttpError(503, "too many connections; try again in a second"),
                                     "Service Unavailable");
  [[maybe_unused]] const ssize_t sent =
      ::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  lingerer_.close(socket);
}

void HttpServer::serve_connection(int socket) {
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  TlsConnection tls;
  if (tls_ != nullptr) {
    tls = make_tls_connection(tls_.get(), socket);
    if (tls == nullptr) return;
  }
  Connection connection(socket, std::move(tls), api_.limits());
  current = &connection;
  for (int n = 1; n <= kRequestsOfAConnection; ++n) {
    const Connection::Head head = connection.read_head(kIdle, stopping_);
    if (head == Connection::Head::none) break;
    if (head == Connection::Head::malformed) {
      connection.write(raw_reply(HttpError(400, "the request is not understood"), "Bad Request"));
      break;
    }
    bool closed = false, understood = false;
    const bool last = n == kRequestsOfAConnection || stopping_;
    const bool answered = process_request(connection, last, closed,
                                          [&understood](httplib::Request&) { understood = true; });
    if (!answered || closed || last || !understood || connection.has_unread_body()) break;
  }
  current = nullptr;
}

int HttpServer::start(const Address& address) {
  errno = 0;
  int port = address.port;
  const bool bound =
      port == 0 ? (port = bind_to_any_port(address.host)) > 0 : bind_to_port(address.host, port);
  if (!bound) {
    const std::string why = errno == 0 ? "no such address on this machine" : std::strerror(errno);
    fail("cannot listen on {}, port {}: {}; give --port 0 for any free one", address.host,
         address.port, why);
  }
  ::listen(svr_sock_, kBacklog);
  thread_ = std::thread([this] { listen_after_bind(); });
  // stop() has no effect before the library's loop has begun.
  for (int i = 0; i < 2000 && !is_running(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return port;
}

void HttpServer::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  httplib::Server::stop();
  thread_.join();
}

}  // namespace puente::serve
