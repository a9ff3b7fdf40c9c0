#include "serve/lingerer.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace puente::serve {
namespace {

constexpr std::chrono::seconds kLinger{2};
constexpr size_t kMostLingering = 512;
constexpr int kLookMilliseconds = 20;

/// What has come is dropped. Is the other side done, too?
bool is_drained(int socket) {
  char dropped[16384];
  for (int i = 0; i < 64; ++i) {  // then it is another's turn
    const ssize_t got = ::recv(socket, dropped, sizeof dropped, MSG_DONTWAIT);
    if (got == 0) return true;
    if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  }
  return false;
}

}  // namespace

Lingerer::Lingerer() : thread_([this] { work(); }) {}

Lingerer::~Lingerer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  added_.notify_all();
  thread_.join();
}

void Lingerer::close(int socket) {
  ::shutdown(socket, SHUT_WR);
  {
    const std::lock_guard lock(mutex_);
    if (open_ < kMostLingering && !stopping_) {
      ++open_;
      new_.push_back({socket, Clock::now() + kLinger});
      socket = -1;
    }
  }
  if (socket >= 0) {
    ::close(socket);
  } else {
    added_.notify_all();
  }
}

void Lingerer::work() {
  std::vector<Closing> all;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (all.empty()) added_.wait(lock, [this] { return stopping_ || !new_.empty(); });
      all.insert(all.end(), new_.begin(), new_.end());
      new_.clear();
      if (stopping_) break;
    }
    std::vector<pollfd> polled;
    for (const Closing& one : all) polled.push_back({one.socket, POLLIN, 0});
    ::poll(polled.data(), polled.size(), kLookMilliseconds);
    const Clock::time_point now = Clock::now();
    const size_t closed = std::erase_if(all, [&](const Closing& one) {
      if (now < one.until && !is_drained(one.socket)) return false;
      ::close(one.socket);
      return true;
    });
    const std::lock_guard lock(mutex_);
    open_ -= closed;
  }
  for (const Closing& one : all) ::close(one.socket);
}

}  // namespace puente::serve
