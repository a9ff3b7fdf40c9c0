// HttpServer: the API behind a socket. cpp-httplib parses requests and writes answers; what comes
// to it goes through Connection, and how many connections there are is ours.
#pragma once

#include <atomic>
#include <httplib.h>
#include <memory>
#include <string>
#include <thread>

#include "serve/api.h"
#include "serve/lingerer.h"
#include "serve/tls.h"

namespace puente::serve {

struct Address {
  std::string host = "127.0.0.1";
  int port = 8080;  // 0: any that is free
};

class HttpServer : private httplib::Server {
 public:
  /// `tls`: nothing for plain HTTP. The API must outlive it.
  HttpServer(Api& api, TlsContext tls);
  /// stop()
  ~HttpServer() override;

  /// Listens and returns; the port. UserError where the address cannot be had.
  int start(const Address& address);
  /// No new connection; requests that came are answered; then it returns.
  void stop();

 private:
  bool process_and_close_socket(socket_t socket) override;
  void refuse(int socket);
  void serve_connection(int socket);
  void set_handlers();
  httplib::Server::HandlerResponse before_body(const httplib::Request& request,
                                               httplib::Response& response);
  void with_body(const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader& reader);

  Api& api_;
  TlsContext tls_;
  Lingerer lingerer_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace puente::serve
