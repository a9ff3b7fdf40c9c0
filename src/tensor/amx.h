// The tile registers of Xeons from Sapphire Rapids on (AMX; Intel SDM volume 1, "Programming with
// Intel AMX"): eight, of up to 16 rows of 64 bytes. One instruction adds to 16 x 16 sums in 32 bits
// 64 products of bytes each.
#pragma once

#include <cstdint>

namespace puente {

inline constexpr int64_t kAmxTileRows = 16;

/// Whether the CPU has them, for bytes, and the system lets this process use them, which Linux
/// wants to be asked for. Asks once, for all threads.
bool has_amx();

/// The calling thread's tile registers while this object lives, only where has_amx():
///   0 1   sums: of the first 16 rows and of those below, for two panels of 16 columns
///   2 3
///   4 5   64 bytes of each of the first 16 rows, and of those below
///   6 7   64 bytes of each of a panel's columns, four by four, and of the panel beside it
class AmxTiles {
 public:
  /// For products of 1 to 32 rows. Up to 16 need no 2, 3 and 5.
  explicit AmxTiles(int64_t height);
  ~AmxTiles();
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;
};

}  // namespace puente
