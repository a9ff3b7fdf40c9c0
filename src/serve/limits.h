// What one server lets its callers ask for.
#pragma once

#include <cstdint>

namespace puente::serve {

struct Limits {
  int64_t body_bytes = int64_t{32} << 20;  // of a request
  int64_t pixels = 40'000'000;             // of a picture
  int64_t batch = 32;                      // inputs of a request
  int64_t requests = 64;                   // predictions and embeddings under way or waiting
  int64_t connections = 128;               // open at once
  double seconds = 30;                     // from a request's first byte to its answer
};

/// A text longer than this is refused: no encoder reads so much, and tokenising takes time.
inline constexpr int64_t kMostTextBytes = int64_t{64} << 10;
/// Of the request line and all header lines together.
inline constexpr int64_t kMostHeadBytes = int64_t{16} << 10;

}  // namespace puente::serve
