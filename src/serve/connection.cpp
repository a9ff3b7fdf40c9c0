#include "serve/connection.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

namespace puente::serve {
namespace {

constexpr std::chrono::milliseconds kLook{50};  // how often a wait looks whether to stop
constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr size_t kReceive = size_t{64} << 10;

bool is_called(std::string_view name, std::string_view wanted) {
  return std::ranges::equal(name, wanted, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// A header's name is a token (RFC 9110, section 5.6.2).
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

}  // namespace

Connection::Connection(int socket, TlsConnection tls, const Limits& limits)
    : socket_(socket), tls_(std::move(tls)), limits_(limits) {}

bool Connection::wait(short events, Clock::time_point until,
                      const std::atomic<bool>* stopping) const {
  for (;;) {
    if (stopping != nullptr && stopping->load()) return false;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return false;
    pollfd one{socket_, events, 0};
    const auto at_most = stopping == nullptr ? left : std::min(left, kLook);
    const int ready = ::poll(&one, 1, static_cast<int>(std::min<int64_t>(at_most.count(), 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool Connection::receive(Clock::time_point until, const std::atomic<bool>* stopping) {
  if (input_read_ > 0) {
    input_.erase(0, input_read_);
    input_read_ = 0;
  }
  const size_t before = input_.size();
  for (;;) {
    input_.resize(before + kReceive);
    short events = POLLIN;
    ssize_t got = 0;
    if (tls_ == nullptr) {
      got = ::recv(socket_, input_.data() + before, kReceive, 0);
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) got = -2;
    } else {
      ERR_clear_error();
      got = SSL_read(tls_.get(), input_.data() + before, static_cast<int>(kReceive));
      if (got <= 0) {
        const int why = SSL_get_error(tls_.get(), static_cast<int>(got));
        got = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -2 : -1;
        if (why == SSL_ERROR_WANT_WRITE) events = POLLOUT;
      }
    }
    input_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got > 0) return true;
    if (got != -2 || !wait(events, until, stopping)) return false;
  }
}

Connection::Head Connection::read_head(std::chrono::milliseconds idle,
                                       const std::atomic<bool>& stopping) {
  head_.clear();
  head_read_ = 0;
  body_bytes_ = 0;
  content_length_.reset();
  chunked_ = wants_continue_ = body_read_ = false;
  write_until_.reset();
  if (input_.size() == input_read_ && !receive(Clock::now() + idle, &stopping)) return Head::none;
  began_ = Clock::now();
  // A head is small: who sends it slowly does so on purpose.
  const auto until = began_ + std::chrono::milliseconds(
                                  static_cast<int64_t>(1000 * std::min(limits_.seconds, 10.0)));
  for (;;) {
    const std::string_view text = std::string_view(input_).substr(input_read_);
    const size_t end = text.substr(0, kMostHeadBytes).find(kEndOfHead);
    if (end != text.npos) return take_head(end) ? Head::complete : Head::malformed;
    if (std::ssize(text) >= kMostHeadBytes) return Head::malformed;
    if (!receive(until, nullptr)) return Head::none;
  }
}

bool Connection::take_head(size_t size) {
  const std::string_view text = std::string_view(input_).substr(input_read_, size);
  const size_t first_end = std::min(text.find("\r\n"), text.size());
  const auto is_printable = [](std::string_view line) {
    return std::ranges::none_of(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  };
  if (!is_printable(text.substr(0, first_end))) return false;
  head_.assign(text.substr(0, first_end));
  head_ += "\r\n";
  for (size_t begin = first_end + 2; begin < text.size();) {
    const size_t end = std::min(text.find("\r\n", begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (!is_printable(line) || !take_line(line)) return false;
    begin = end + 2;
  }
  head_ += "\r\n";
  input_read_ += size + kEndOfHead.size();
  return !(chunked_ && content_length_);  // either could be meant
}

bool Connection::take_line(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = without_blanks(line.substr(colon + 1));
  // Ranges would be parsed by a regular expression, compression takes longer than sending.
  if (is_called(name, "range") || is_called(name, "accept-encoding")) return true;
  if (is_called(name, "expect")) {
    wants_continue_ = is_called(value, "100-continue");
    return wants_continue_;
  }
  if (is_called(name, "content-length")) {
    int64_t bytes = -1;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bytes);
    if (error != std::errc() || end != value.data() + value.size() || bytes < 0) return false;
    if (content_length_ || value.front() == '-') return false;
    content_length_ = bytes;
  }
  if (is_called(name, "transfer-encoding")) {
    if (chunked_ || !is_called(value, "chunked")) return false;
    chunked_ = true;
  }
  head_ += line;
  head_ += "\r\n";
  return true;
}

ssize_t Connection::read(char* to, size_t size) {
  if (head_read_ < head_.size()) {
    const size_t count = std::min(size, head_.size() - head_read_);
    std::copy_n(head_.data() + head_read_, count, to);
    head_read_ += count;
    return static_cast<ssize_t>(count);
  }
  if (wants_continue_) {
    wants_continue_ = false;
    if (write("HTTP/1.1 100 Continue\r\n\r\n") < 0) return -1;
    write_until_.reset();
  }
  // Twice the limit: the frames of chunks count too.
  if (body_bytes_ > 2 * limits_.body_bytes + kMostHeadBytes) return -1;
  if (input_read_ == input_.size()) {
    const auto allowed = std::chrono::milliseconds(static_cast<int64_t>(1000 * limits_.seconds));
    if (!receive(began_ + allowed, nullptr)) return -1;
  }
  const size_t count = std::min(size, input_.size() - input_read_);
  std::copy_n(input_.data() + input_read_, count, to);
  input_read_ += count;
  body_bytes_ += static_cast<int64_t>(count);
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* from, size_t size) {
  if (!write_until_) {
    write_until_ =
        Clock::now() + std::chrono::milliseconds(static_cast<int64_t>(1000 * limits_.seconds));
  }
  size_t sent = 0;
  while (sent < size) {
    short events = POLLOUT;
    ssize_t count = 0;
    if (tls_ == nullptr) {
      count = ::send(socket_, from + sent, size - sent, MSG_NOSIGNAL);
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) count = -2;
    } else {
      ERR_clear_error();
      count = SSL_write(tls_.get(), from + sent,
                        static_cast<int>(std::min<size_t>(size - sent, 1 << 20)));
      if (count <= 0) {
        const int why = SSL_get_error(tls_.get(), static_cast<int>(count));
        count = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -2 : -1;
        if (why == SSL_ERROR_WANT_READ) events = POLLIN;
      }
    }
    if (count > 0) {
      sent += static_cast<size_t>(count);
    } else if (count != -2 || !wait(events, *write_until_, nullptr)) {
      return -1;
    }
  }
  return static_cast<ssize_t>(sent);
}

// Nobody's address is looked at or kept.
void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}
void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace puente::serve
