#include "tensor/amx.h"

#include <algorithm>

#include "base/error.h"
#include "tensor/extras.h"

#if defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace puente {

#if defined(__x86_64__)
namespace {

/// arch_prctl(2): from the kernel's uapi/asm/prctl.h.
bool ask_for_tile_registers() {
  constexpr int kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

/// What LDTILECFG reads.
struct alignas(64) TileShapes {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileShapes) == 64);

}  // namespace

bool has_amx() {
  static const bool kHas = __builtin_cpu_supports("amx-tile") &&
                           __builtin_cpu_supports("amx-int8") && ask_for_tile_registers();
  return kHas && allows(Extras::amx);
}

AmxTiles::AmxTiles(int64_t height) {
  PUENTE_ASSERT(has_amx() && height >= 1 && height <= 2 * kAmxTileRows);
  const auto upper = static_cast<uint8_t>(std::min(height, kAmxTileRows));
  const auto lower = static_cast<uint8_t>(height - upper);
  const uint8_t rows[8] = {upper, upper, lower, lower, upper, lower, 16, 16};
  TileShapes shapes;
  for (int i = 0; i < 8; ++i) {
    shapes.rows[i] = rows[i];
    shapes.row_bytes[i] = rows[i] > 0 ? 64 : 0;
  }
  __asm__ volatile("ldtilecfg %0" : : "m"(shapes));  // GCC's intrinsic reads its first 8 bytes only
}

AmxTiles::~AmxTiles() { __asm__ volatile("tilerelease"); }

#else

bool has_amx() { return false; }
AmxTiles::AmxTiles(int64_t) { PUENTE_ASSERT(has_amx()); }
AmxTiles::~AmxTiles() = default;

#endif

}  // namespace puente
