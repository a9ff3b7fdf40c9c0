#include "cli/progress_bar.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace puente::cli {
namespace {

constexpr std::chrono::milliseconds kTerminalPause{100};
constexpr std::chrono::seconds kPlainPause{10};

std::string duration(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (s >= 3600) return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
  if (s >= 60) return fmt::format("{}m{:02}s", s / 60, s % 60);
  return fmt::format("{}s", s);
}

std::string rate_text(double rate) {
  return rate >= 100 ? fmt::format("{:.0f}", rate) : fmt::format("{:.1f}", rate);
}

int terminal_width() {
  struct winsize size {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

ProgressBar::ProgressBar(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (running_ && !quiet_) erase();
}

void ProgressBar::begin(std::string_view what, std::string_view unit, int64_t total) {
  const std::lock_guard lock(mutex_);
  what_ = what;
  unit_ = unit;
  total_ = total;
  done_ = 0;
  running_ = true;
  start_ = drawn_ = Clock::now();
  if (terminal_) draw(false);
}

void ProgressBar::advance(int64_t units) {
  const std::lock_guard lock(mutex_);
  done_ += units;
  const auto now = Clock::now();
  if (now - drawn_ < (terminal_ ? Clock::duration(kTerminalPause) : Clock::duration(kPlainPause))) {
    return;
  }
  drawn_ = now;
  draw(false);
}

void ProgressBar::end() {
  const std::lock_guard lock(mutex_);
  if (running_) draw(true);
  running_ = false;
}

void ProgressBar::note(std::string_view line) {
  if (!quiet_) problem(line);
}

void ProgressBar::problem(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (!quiet_) erase();
  fmt::print(stderr, "{}\n", line);
}

void ProgressBar::erase() {
  if (terminal_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::draw(bool final) {
  if (quiet_) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  std::string text = fmt::format("{}: {} of {} {}", what_, done_, total_, unit_);
  if (final) {
    text = fmt::format("{}: {} {} in {}", what_, done_, unit_, duration(seconds));
    if (rate > 0) text += fmt::format(", {} {}/s", rate_text(rate), unit_);
  } else if (done_ > 0 && rate > 0) {
    text += fmt::format(", {}/s, {} left", rate_text(rate),
                        duration(static_cast<double>(total_ - done_) / rate));
  }
  if (!terminal_) {
    fmt::print(stderr, "{}\n", text);
    return;
  }
  std::string bar;
  const int room = std::min(30, terminal_width() - static_cast<int>(text.size()) - 4);
  if (!final && total_ > 0 && room >= 8) {
    const auto full = static_cast<size_t>(room * std::min(done_, total_) / total_);
    bar = fmt::format("[{}{}] ", std::string(full, '#'),
                      std::string(static_cast<size_t>(room) - full, '.'));
  }
  fmt::print(stderr, "\r\x1b[K{}{}{}", bar, text, final ? "\n" : "");
  std::fflush(stderr);
}

}  // namespace puente::cli
