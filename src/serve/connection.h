// Connection: one open socket as cpp-httplib reads it, with what that library (0.11.4) leaves open
// closed: the head of a request is read whole before any of it is looked at, is bounded in size and
// time, and loses what would make work or answers that are not wanted (ranges, compression); its
// body is bounded too.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <httplib.h>
#include <optional>
#include <string>
#include <string_view>

#include "serve/limits.h"
#include "serve/tls.h"

namespace puente::serve {

class Connection : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  /// `socket` is not closed here. `tls`: nullptr where the connection is plain; handshakes with the
  /// first read.
  Connection(int socket, TlsConnection tls, const Limits& limits);

  enum class Head {
    complete,
    none,       // the caller went away, or said nothing for too long
    malformed,  // and nothing more can be understood
  };
  /// Waits for a request: up to `idle` for its first byte, or until `stopping`; then until the
  /// head is there or its time is over.
  Head read_head(std::chrono::milliseconds idle, const std::atomic<bool>& stopping);
  /// When the first byte of the request came.
  Clock::time_point began() const { return began_; }
  /// Of the head.
  std::optional<int64_t> content_length() const { return content_length_; }
  bool chunked() const { return chunked_; }

  /// The body was read to its end: another request may follow.
  void body_is_read() { body_read_ = true; }
  bool has_unread_body() const {
    return (chunked_ || content_length_.value_or(0) > 0) && !body_read_;
  }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  using httplib::Stream::write;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return 0; }  // it has no use for it

 private:
  /// What `input_` begins with, up to `size`, without what httplib shall not see. False: malformed.
  bool take_head(size_t size);
  bool take_line(std::string_view line);
  /// More into `input_`. False at the end, on an error, and after `until`.
  bool receive(Clock::time_point until, const std::atomic<bool>* stopping);
  bool wait(short events, Clock::time_point until, const std::atomic<bool>* stopping) const;

  const int socket_;
  const TlsConnection tls_;
  const Limits limits_;
  std::string input_;      // received and not yet read
  size_t input_read_ = 0;  // of input_
  std::string head_;       // for httplib
  size_t head_read_ = 0;
  int64_t body_bytes_ = 0;  // read of this request
  Clock::time_point began_;
  std::optional<int64_t> content_length_;
  bool chunked_ = false;
  bool wants_continue_ = false;
  bool body_read_ = false;
  std::optional<Clock::time_point> write_until_;
};

}  // namespace puente::serve
