// A client that sends bytes as they are and takes what comes back.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace puente::test {

class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool is_connected() const { return connected_; }
  /// As far as the other side takes it.
  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void send_no_more() { ::shutdown(socket_, SHUT_WR); }
  /// Until the other side closes, or for so long.
  std::string receive_all(std::chrono::milliseconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      if (left.count() <= 0 || !receive_some(left)) return received_;
    }
  }
  /// One answer with a Content-Length; empty where none came.
  std::string receive_reply(std::chrono::milliseconds at_most = std::chrono::seconds(20)) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    for (;;) {
      const size_t end = received_.find("\r\n\r\n");
      if (end != received_.npos) {
        const size_t place = received_.find("Content-Length: ");
        const size_t length = place < end ? std::stoul(received_.substr(place + 16)) : 0;
        if (received_.size() >= end + 4 + length) {
          std::string reply = received_.substr(0, end + 4 + length);
          received_.erase(0, end + 4 + length);
          return reply;
        }
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      if (left.count() <= 0 || !receive_some(left)) return "";
    }
  }
  /// Did the other side close?
  bool is_closed(std::chrono::milliseconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      pollfd one{socket_, POLLIN, 0};
      if (::poll(&one, 1, static_cast<int>(left.count())) == 0) return false;
      if (!receive_some(left)) return true;
    }
  }

 private:
  bool receive_some(std::chrono::milliseconds at_most) {
    pollfd one{socket_, POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(at_most.count())) <= 0) return false;
    char buffer[16384];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<size_t>(got));
    return true;
  }

  int socket_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace puente::test
