// ProgressBar: a bar with rate and time left on a terminal, plain lines elsewhere, nothing when
// quiet. Always on standard error, so that standard output stays free for results.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "puente/progress.h"

namespace puente::cli {

class ProgressBar : public Progress {
 public:
  explicit ProgressBar(bool quiet);
  ~ProgressBar() override;

  void begin(std::string_view what, std::string_view unit, int64_t total) override;
  void advance(int64_t units) override;
  void end() override;
  void note(std::string_view line) override;
  void problem(std::string_view line) override;

 private:
  using Clock = std::chrono::steady_clock;
  void draw(bool final);
  void erase();

  const bool quiet_;
  const bool terminal_;
  std::mutex mutex_;
  std::string what_;
  std::string unit_;
  int64_t total_ = 0;
  int64_t done_ = 0;
  bool running_ = false;
  Clock::time_point start_;
  Clock::time_point drawn_;
};

}  // namespace puente::cli
