// Throwing: fail() for the user's errors, PUENTE_ASSERT for ours.
#pragma once

#include <fmt/format.h>
#include <utility>

#include "puente/error.h"

namespace puente {

/// Throws UserError with a formatted one-line message: file, row, column, what to do.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> message, Args&&... args) {
  throw UserError(fmt::format(message, std::forward<Args>(args)...));
}

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace puente

/// Always on, also in release: a wrong number in a medical table is worse than a stopped program.
#define PUENTE_ASSERT(expression) \
  ((expression) ? void(0) : ::puente::assertion_failed(#expression, __FILE__, __LINE__))
