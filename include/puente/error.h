// The two kinds of error. The library never prints and never exits: it throws one of these.
#pragma once

#include <stdexcept>
#include <string>

namespace puente {

/// Something in the user's files or options is wrong. what() is one line that says which file, row
/// and column, and what to do about it. The program exits with status 2.
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& message) : std::runtime_error(message) {}
};

/// A broken promise inside puente itself. The program exits with status 1.
class InternalError : public std::logic_error {
 public:
  explicit InternalError(const std::string& message) : std::logic_error(message) {}
};

/// The user asked to stop (Ctrl-C). Thrown at the next safe point; outputs that were not finished
/// are removed on the way out.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace puente
