#include "serve/http_server.h"

#include <chrono>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "raw_client.h"
#include "served.h"

namespace puente::serve {
namespace {

using std::chrono::milliseconds;
using test::RawClient;

/// An API behind a port of its own.
class Running {
 public:
  explicit Running(const ApiOptions& options = {}, TlsContext tls = nullptr)
      : api(options), server(api, std::move(tls)) {
    port = server.start({"127.0.0.1", 0});
  }

  test::ReadyApi api;
  HttpServer server;
  int port = 0;
};

std::string request(const std::string& line, const std::string& headers = "",
                    const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}
std::string post_request(const std::string& path, const std::string& body) {
  return request(
      "POST " + path,
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n",
      body);
}
int status_of(const std::string& reply) {
  return reply.starts_with("HTTP/1.1 ") ? std::stoi(reply.substr(9)) : 0;
}
Json body_of(const std::string& reply) {
  return Json::parse(reply.substr(reply.find("\r\n\r\n") + 4));
}

TEST(HttpServer, AnswersSeveralRequestsOfOneConnection) {
  const Running running;
  RawClient client(running.port);
  ASSERT_TRUE(client.is_connected());
  const std::string body = test::record_of(0).dump();
  for (int i = 0; i < 3; ++i) {
    client.send(request("GET /health"));
    EXPECT_EQ(status_of(client.receive_reply()), 200);
    client.send(post_request("/v1/predict", body));
    const std::string reply = client.receive_reply();
    EXPECT_EQ(status_of(reply), 200);
    EXPECT_EQ(body_of(reply)["predictions"].size(), 1u);
  }
  // All at once, too.
  client.send(request("GET /health") + post_request("/v1/predict", body) + request("GET /health"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status_of(client.receive_reply()), 200);
}

TEST(HttpServer, TakesAChunkedBodyAndAsksForOne) {
  const Running running;
  RawClient client(running.port);
  const std::string body = "{\"input\":\"a\"}";
  const std::string head = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
  client.send(
      request("POST /v1/embeddings", head,
              "5\r\n" + body.substr(0, 5) + "\r\n8\r\n" + body.substr(5) + "\r\n0\r\n\r\n"));
  EXPECT_EQ(status_of(client.receive_reply()), 200);
  client.send(request("POST /v1/embeddings",
                      "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n"));
  EXPECT_EQ(client.receive_reply(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  EXPECT_EQ(status_of(client.receive_reply()), 200);
}

TEST(HttpServer, SendsItsHeadersWithEveryAnswer) {
  const Running running;
  for (const std::string& text : {request("GET /"), request("GET /nothing"), request("HEAD /"),
                                  request("BREW /"), request("GET /", "no colon\r\n"),
                                  std::string("nonsense\r\n\r\n"), request("POST /v1/predict")}) {
    RawClient client(running.port);
    client.send(text);
    client.send_no_more();
    const std::string reply = client.receive_all(milliseconds(5000));
    for (const char* header : {"X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
                               "Cache-Control: no-store", "Referrer-Policy: no-referrer"}) {
      EXPECT_NE(reply.find(header), reply.npos) << text << reply;
    }
    EXPECT_EQ(reply.find("Content-Encoding"), reply.npos);
  }
}

TEST(HttpServer, LooksAtNoRangeAndCompressesNothing) {
  const Running running;
  RawClient client(running.port);
  client.send(
      request("GET /openapi.json", "Range: bytes=0-3,5-9\r\nAccept-Encoding: br, gzip\r\n"));
  const std::string reply = client.receive_reply();
  EXPECT_EQ(status_of(reply), 200);
  EXPECT_EQ(body_of(reply)["openapi"], "3.1.0");
}

TEST(HttpServer, RefusesABodyThatIsTooLargeAndGetsItsAnswerThrough) {
  const Running running({.limits = {.body_bytes = 100'000}});
  const std::string head = "Content-Type: application/json\r\n";
  const std::string large(5'000'000, ' ');
  for (const std::string& text :
       {post_request("/v1/predict", large),
        request("POST /v1/predict", head + "Transfer-Encoding: chunked\r\n",
                "4c4b40\r\n" + large + "\r\n0\r\n\r\n")}) {
    RawClient client(running.port);
    client.send(text);
    EXPECT_EQ(status_of(client.receive_reply()), 413);
    EXPECT_TRUE(client.is_closed(milliseconds(5000)));
  }
}

TEST(HttpServer, ClosesWhatItDoesNotUnderstand) {
  const Running running;
  for (const std::string& text :
       {std::string("\r\n\r\n"), std::string("GET\r\n\r\n"), request("GET /", " folded: x\r\n"),
        request("GET /", "no colon\r\n"), request("GET /", "Content-Length: -1\r\n"),
        request("GET /", "Content-Length: 1\r\nContent-Length: 2\r\n"),
        request("GET /", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
        request("GET /", "Transfer-Encoding: gzip\r\n"), request("GET /", "Expect: tea\r\n"),
        request("GET /", "X: " + std::string(1, '\0') + "\r\n"),
        request("GET /", "X: " + std::string(20'000, 'x') + "\r\n"), std::string(20'000, 'x')}) {
    RawClient client(running.port);
    client.send(text);
    EXPECT_EQ(status_of(client.receive_reply()), 400) << text.substr(0, 100);
    EXPECT_TRUE(client.is_closed(milliseconds(5000))) << text.substr(0, 100);
  }
  RawClient client(running.port);
  client.send(request("GET /health"));
  EXPECT_EQ(status_of(client.receive_reply()), 200);
}

TEST(HttpServer, WaitsForNobodyWhoSendsSlowly) {
  const Running running({.limits = {.seconds = 1}});
  RawClient head(running.port), body(running.port), other(running.port);
  head.send("GET / HTTP/1.1\r\nHost: local");
  body.send(post_request("/v1/predict", "{}").substr(0, 110));
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 12; ++i) {
    head.send("h");
    body.send(" ");
    other.send(request("GET /health"));
    EXPECT_EQ(status_of(other.receive_reply()), 200);
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_TRUE(head.is_closed(milliseconds(3000)));
  EXPECT_TRUE(body.is_closed(milliseconds(3000)));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(6));
}

TEST(HttpServer, TurnsAwayMoreConnectionsThanItTakes) {
  const Running running({.limits = {.connections = 3}});
  std::vector<std::unique_ptr<RawClient>> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(std::make_unique<RawClient>(running.port));
    open.back()->send(request("GET /health"));
    ASSERT_EQ(status_of(open.back()->receive_reply()), 200);
  }
  RawClient more(running.port);
  more.send(request("GET /health"));
  const std::string reply = more.receive_reply();
  EXPECT_EQ(status_of(reply), 503);
  EXPECT_NE(reply.find("Retry-After: 1"), reply.npos);
  open.clear();
  for (int i = 0; i < 100; ++i) {  // the places are free again
    RawClient again(running.port);
    again.send(request("GET /health"));
    if (status_of(again.receive_reply()) == 200) return;
    std::this_thread::sleep_for(milliseconds(50));
  }
  FAIL() << "no place became free";
}

TEST(HttpServer, FinishesWhatIsUnderWayWhenItStops) {
  std::string reply;
  std::thread asking;
  {
    Running running;
    Json batch;
    for (int64_t row = 0; row < 32; ++row) batch["inputs"].push_back(test::record_of(row % 20));
    batch["inputs"][0] = {{"image", test::record_of(0)["image"]}, {"text", "never said before"}};
    RawClient idle(running.port);
    std::atomic<bool> sent{false}, answered{false};
    asking = std::thread([&, text = post_request("/v1/predict", batch.dump())] {
      RawClient client(running.port);
      client.send(text);
      sent = true;
      reply = client.receive_reply();
      answered = true;
    });
    while (!sent) std::this_thread::yield();
    while (running.api.metrics().under_way == 0 && !answered) std::this_thread::yield();
    const auto began = std::chrono::steady_clock::now();
    running.api.stop();
    running.server.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
    RawClient late(running.port);
    late.send(request("GET /health"));
    EXPECT_EQ(late.receive_reply(milliseconds(500)), "");
    asking.join();
  }
  EXPECT_EQ(status_of(reply), 200);
  EXPECT_EQ(body_of(reply)["predictions"].size(), 32u);
}

TEST(HttpServer, SaysWhyItCannotListen) {
  const Running running;
  test::ReadyApi api;
  HttpServer second(api, nullptr);
  test::expect_user_error(
      [&] {
        second.start({"127.0.0.1", running.port});
      },
      "Address already in use");
  HttpServer elsewhere(api, nullptr);
  test::expect_user_error([&] { elsewhere.start({"192.0.2.1", 0}); }, "cannot listen on 192.0.2.1");
}

}  // namespace
}  // namespace puente::serve
