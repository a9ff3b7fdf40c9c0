// How long work tells the outside how far it is. The library calls it; the door (cli, python)
// decides what to show. Calls may come from several threads.
#pragma once

#include <cstdint>
#include <string_view>

namespace puente {

class Progress {
 public:
  virtual ~Progress() = default;
  /// A stage of `total` units begins; `what` names the stage and `unit` its units ("images").
  virtual void begin(std::string_view what, std::string_view unit, int64_t total) = 0;
  virtual void advance(int64_t units) = 0;
  virtual void end() = 0;
  /// One line that a person should read, such as how many texts were truncated.
  virtual void note(std::string_view line) = 0;
  /// One line about an input that cannot be used, such as a picture that cannot be read: part of an
  /// error, so it is shown even where notes are not.
  virtual void problem(std::string_view line) = 0;
};

/// Says nothing.
class Silent : public Progress {
 public:
  void begin(std::string_view, std::string_view, int64_t) override {}
  void advance(int64_t) override {}
  void end() override {}
  void note(std::string_view) override {}
  void problem(std::string_view) override {}
};

}  // namespace puente
