#include "base/error.h"

namespace puente {

void assertion_failed(const char* expression, const char* file, int line) {
  throw InternalError(fmt::format("assertion failed: {} ({}:{})", expression, file, line));
}

}  // namespace puente
