// Sends a server what tests/serve/hostile.h makes, and holds every answer to what it has to be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "serve/api.h"

namespace puente::test {

struct HostileRun {
  uint64_t seed = 1;
  uint64_t first = 0;
  uint64_t count = 0;
  int threads = 1;
};

struct HostileOutcome {
  uint64_t done = 0;
  uint64_t answered_well = 0;      // 200
  std::vector<std::string> wrong;  // "call 17: ...": at most a few
};

/// Without a socket.
HostileOutcome run_hostile_calls(serve::Api& api, const HostileRun& run);
/// Over one; `api` is what the server at `port` serves.
HostileOutcome run_hostile_bytes(int port, const HostileRun& run);

}  // namespace puente::test
