// Requests that nobody means well: malformed, too large, too deep, or only strange. All come from a
// seed, so that the one that shows a mistake can be had again.
#pragma once

#include <cstdint>
#include <string>

#include "serve/http.h"

namespace puente::test {

/// What an answer to it has to be.
enum class Expect {
  anything,    // but a 500
  no_success,  // 4xx
  correct,     // a good request among the others: 200 with the right answer
};

struct HostileCall {
  serve::Call call;
  Expect expect = Expect::anything;
};

/// Number `index` of the seed's calls.
HostileCall hostile_call(uint64_t seed, uint64_t index);

struct HostileBytes {
  std::string bytes;
  bool closes = true;  // its sender sends no more, and waits for the answer
};

/// The same as bytes for a socket, broken in transport, too.
HostileBytes hostile_bytes(uint64_t seed, uint64_t index);

/// The request that Expect::correct is about: POST /v1/predict.
const std::string& good_body();

}  // namespace puente::test
