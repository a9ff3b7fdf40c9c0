#include "tensor/multiply_int8.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.h"
#include "tensor/amx.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/multiply_int8.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "tensor/activation-inl.h"
#include "tensor/registers-inl.h"
#include "tensor/vnni-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
using Integers = hn::RebindToSigned<Tag>;
using Vec = hn::Vec<Tag>;
using IntVec = hn::Vec<Integers>;

constexpr int64_t kWidth = 16;  // columns of a panel
constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag()));
constexpr int kVectors = static_cast<int>(kWidth) / kLanes;

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
constexpr int kRows = 14;
constexpr int kPanels = 2;
#else
// 16 registers: 12 sums, the weights of two vectors, a pair and a product.
constexpr int kRows = kVectors >= 8 ? 1 : 12 / kVectors;
constexpr int kPanels = 1;
#endif
constexpr int kNarrowRows = 3;  // six sums, and as many in 16 bits
constexpr int64_t kAmxRows = 2 * kAmxTileRows;
constexpr int64_t kMostTileRows = std::max<int64_t>(kRows, kAmxRows);

/// The rows and columns of one tile, and what becomes of its sums.
struct Tile {
  const QuantisedRows& x;
  const QuantisedMatrix& b;
  const Epilogue& epilogue;
  int64_t row;    // first
  int64_t rows;   // as many as its kernel is for, unless that is AMX's
  int64_t panel;  // first
  float* y;
  int64_t y_stride;
  const int16_t* wide;  // the panels as widen() leaves them; for pairs
  const char* ahead;    // weights that come next, fetched while these are multiplied
  int64_t ahead_step;   // bytes for every kFetchEvery steps of k
  int64_t height;       // of the tallest tile
};

constexpr int64_t kFetchEvery = 16;  // depths are multiples of it

/// Row k's weights in eighths of a step, in 10 bits, for some columns of a panel. Their bytes stand
/// among those of other rows.
HWY_INLINE Vec eighths_of(const QuantisedMatrix& b, int64_t panel, int64_t k, int vector) {
  const Integers d;
  const auto* quads = reinterpret_cast<const int32_t*>(b.panel(panel) + k / 4 * 64);
  const int shift = static_cast<int>(24 - k % 4 * 8);
  const IntVec whole =
      hn::ShiftRight<24>(hn::ShiftLeftSame(hn::LoadU(d, quads + vector * kLanes), shift));
  const IntVec quarters = hn::Set(d, static_cast<int32_t>(b.quarters(panel, k)));
  const IntVec column = hn::Iota(d, vector * kLanes);
  const IntVec above = hn::Sub(hn::Set(d, 30), hn::ShiftLeft<1>(column));
  const IntVec quarter = hn::ShiftRight<30>(hn::Shl(quarters, above));
  const IntVec begin = hn::Add(hn::ShiftLeft<2>(whole), quarter);
  return hn::ConvertTo(Tag(), hn::Add(hn::ShiftLeft<1>(begin), hn::Set(d, 1)));
}

/// From whole sums to y: rows and vectors of one panel after another.
template <int kR, int kP>
HWY_INLINE void store(const Tile& t, IntVec (&sum)[kR][kP * kVectors]) {
  const Tag d;
  const Integers di;
  const bool has_zero = t.x.form() != IntegerForm::pairs;
#pragma GCC unroll 16
  for (int v = 0; v < kP * kVectors; ++v) {
    const int64_t panel = t.panel + v / kVectors;
    const int64_t column = panel * kWidth + v % kVectors * kLanes;
    const Vec scale = hn::LoadU(d, t.b.scales() + column);
    const Vec bias = t.epilogue.bias ? hn::LoadU(d, t.epilogue.bias + column) : hn::Zero(d);
    const IntVec column_sum = hn::LoadU(di, t.b.sums() + column);
#pragma GCC unroll 16
    for (int r = 0; r < kR; ++r) {
      const int64_t row = t.row + r;
      IntVec whole = sum[r][v];
      if (has_zero) whole = hn::Sub(whole, hn::Mul(hn::Set(di, t.x.zeros()[row]), column_sum));
      Vec value = hn::Mul(hn::ConvertTo(d, whole), hn::Set(d, t.x.scales()[row]));
      for (const QuantisedRows::Outlier& outlier : t.x.outliers(row)) {
        value = hn::MulAdd(hn::Set(d, outlier.value / 8),
                           eighths_of(t.b, panel, outlier.column, v % kVectors), value);
      }
      value = hn::MulAdd(value, scale, bias);
      float* y = t.y + r * t.y_stride + v * kLanes;
      if (t.epilogue.accumulate) value = hn::Add(hn::LoadU(d, y), value);
      hn::StoreU(value, d, y);
    }
  }
  for (int r = 0; r < kR; ++r) {
    activate(d, t.epilogue.activation, t.y + r * t.y_stride, kP * kWidth);
  }
}

#if HWY_TARGET == HWY_SCALAR
void widen(const QuantisedMatrix&, int64_t, int64_t, int16_t*) {}  // its tiles read bytes

/// One column after another, for CPUs of which nothing is known.
template <int kR, int kP>
void pairs_tile(const Tile& t) {
  static_assert(kR == 1 && kP == 1 && kLanes == 1);
  const int64_t depth = t.x.padded_depth();
  const int16_t* x = t.x.pairs() + t.row * depth;
  const int8_t* b = t.b.panel(t.panel);
  IntVec sum[1][kWidth];
  for (int n = 0; n < kWidth; ++n) {
    int32_t whole = 0;
    for (int64_t k = 0; k < depth; k += 4) {
      const int8_t* four = b + k * kWidth + n * 4;
      whole += x[k] * four[0] + x[k + 1] * four[2] + x[k + 2] * four[1] + x[k + 3] * four[3];
    }
    sum[0][n] = hn::Set(Integers(), whole);
  }
  store<kR, kP>(t, sum);
}
#else
using Halves = hn::Repartition<int16_t, Integers>;

/// One or two panels in 16 bits, once for all rows: of every four bytes of a column the even ones
/// (k, k + 2), then the odd ones (k + 1, k + 3); the pairs of x lie accordingly.
///   [K' / 2][panels][16 columns][2]
void widen(const QuantisedMatrix& b, int64_t panel, int64_t panels, int16_t* to) {
  const int64_t half = panels * kWidth * 2;
  for (int64_t k = 0; k < b.padded_depth(); k += 4, to += 2 * half) {
    for (int64_t n = 0; n < panels * kWidth; n += kLanes) {
      const int8_t* bytes = b.panel(panel + n / kWidth) + k * kWidth + n % kWidth * 4;
      widen_four(Integers(), bytes, to + 2 * n, to + half + 2 * n);
    }
  }
}

/// Two products at a time in 16 bits.
template <int kR, int kP>
void pairs_tile(const Tile& t) {
  const Integers di;
  const Halves dh;
  constexpr int kSums = kP * kVectors;
  IntVec sum[kR][kSums];
  IntVec spare[kR][kSums];  // nothing on x86; other CPUs sum neighbours apart
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) sum[r][v] = spare[r][v] = hn::Zero(di);
  }
  const int64_t depth = t.x.padded_depth();
  // Three rows have a pointer in common: an address may add a depth once or twice.
  constexpr int kTrios = (kR + 2) / 3;
  const int16_t* HWY_RESTRICT x[kTrios];
#pragma GCC unroll 16
  for (int i = 0; i < kTrios; ++i) x[i] = t.x.pairs() + (t.row + 3 * i) * depth;
  const int16_t* HWY_RESTRICT weight = t.wide;
  const char* ahead = t.ahead;
  for (int64_t left = depth; left > 0; left -= kFetchEvery) {
    hwy::Prefetch(ahead);
    ahead += t.ahead_step;
#pragma GCC unroll 16
    for (int64_t k = 0; k < kFetchEvery; k += 2, weight += kSums * 2 * kLanes) {
      hn::Vec<Halves> weights[kSums];
#pragma GCC unroll 16
      for (int v = 0; v < kSums; ++v) weights[v] = hn::Load(dh, weight + v * 2 * kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < kR; ++r) {
        // As a float, which compilers broadcast right from memory.
        float two;
        std::memcpy(&two, x[r / 3] + r % 3 * depth + k, sizeof two);
        const auto pair = hn::BitCast(dh, hn::Set(Tag(), two));
#pragma GCC unroll 16
        for (int v = 0; v < kSums; ++v) {
          sum[r][v] = hn::ReorderWidenMulAccumulate(di, weights[v], pair, sum[r][v], spare[r][v]);
          keep_order(sum[r][v]);
        }
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < kTrios; ++i) {
      x[i] += kFetchEvery;
      keep_pointer(x[i]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      sum[r][v] = hn::RearrangeToOddPlusEven(sum[r][v], spare[r][v]);
    }
  }
  store<kR, kP>(t, sum);
}
#endif

#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
/// Eight products at a time in 8 bits, unsigned by signed, in five instructions: twice two
/// neighbours in 16 bits, the sum of these, for which the matrix leaves room, and two such sums
/// in 32.
template <int kR, int kP>
void narrow_quads_tile(const Tile& t) {
  static_assert(kVectors == 2 && kP == 1 && kR <= kNarrowRows);
  constexpr int64_t kQuads = QuantisedMatrix::kNarrowQuads;
  const __m256i ones = _mm256_set1_epi16(1);
  IntVec sum[kR][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(Integers());
  }
  const int64_t depth = t.x.padded_depth();
  const uint8_t* HWY_RESTRICT x = t.x.quads() + t.row * depth;
  const int8_t* HWY_RESTRICT b = t.b.panel(t.panel);
  const char* ahead = t.ahead;
  for (int64_t left = depth; left > 0; left -= kFetchEvery) {
    hwy::Prefetch(ahead);
    ahead += t.ahead_step;
#pragma GCC unroll 16
    for (int64_t k = 0; k < kFetchEvery; k += 4 * kQuads) {
      IntVec few[kR][kVectors];  // in 16 bits
#pragma GCC unroll 16
      for (int64_t q = 0; q < kQuads; ++q, b += 4 * kWidth) {
        const auto* weights = reinterpret_cast<const __m256i*>(b);
#pragma GCC unroll 16
        for (int r = 0; r < kR; ++r) {
          // As a float, which compilers broadcast right from memory.
          float four;
          std::memcpy(&four, x + r * depth + k + 4 * q, sizeof four);
          const __m256i quad = _mm256_castps_si256(_mm256_set1_ps(four));
#pragma GCC unroll 16
          for (int v = 0; v < kVectors; ++v) {
            const __m256i two = _mm256_maddubs_epi16(quad, _mm256_load_si256(weights + v));
            few[r][v].raw = q == 0 ? two : _mm256_add_epi16(few[r][v].raw, two);
            keep_order(few[r][v]);
          }
        }
      }
#pragma GCC unroll 16
      for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          const __m256i both = _mm256_madd_epi16(few[r][v].raw, ones);
          sum[r][v].raw = _mm256_add_epi32(sum[r][v].raw, both);
          keep_order(sum[r][v]);
        }
      }
    }
    x += kFetchEvery;
    keep_pointer(x);
  }
  store<kR, kP>(t, sum);
}
#endif

#ifdef PUENTE_VNNI
/// Four products at a time in 8 bits, unsigned by signed.
template <int kR, int kP>
void quads_tile(const Tile& t) {
  const Integers di;
  constexpr int kSums = kP * kVectors;
  IntVec sum[kR][kSums];
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) sum[r][v] = hn::Zero(di);
  }
  const int64_t depth = t.x.padded_depth();
  const uint8_t* HWY_RESTRICT x = t.x.quads() + t.row * depth;
  const int8_t* HWY_RESTRICT b[kP];
  for (int p = 0; p < kP; ++p) b[p] = t.b.panel(t.panel + p);
  const char* ahead = t.ahead;
  for (int64_t k = 0; k < depth; k += 4) {
    if (k % kFetchEvery == 0) {
      hwy::Prefetch(ahead);
      ahead += t.ahead_step;
    }
    IntVec weights[kSums];
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      const auto* quads = reinterpret_cast<const int32_t*>(b[v / kVectors] + k * kWidth);
      weights[v] = hn::Load(di, quads + v % kVectors * kLanes);
    }
#pragma GCC unroll 16
    for (int r = 0; r < kR; ++r) {
      int32_t four;
      std::memcpy(&four, x + r * depth + k, sizeof four);
      const IntVec quad = hn::Set(di, four);
#pragma GCC unroll 16
      for (int v = 0; v < kSums; ++v) add_quads(sum[r][v], quad, weights[v]);
    }
  }
  store<kR, kP>(t, sum);
}
#endif

#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX3
/// The rows of `sums` from the given one on, [..][kP][16], to y: to its row r.
template <int kR, int kP>
void store_rows(const Tile& t, const int32_t* sums, int64_t r) {
  Tile rows = t;
  rows.row += r;
  rows.y += r * t.y_stride;
  IntVec sum[kR][kP];
#pragma GCC unroll 16
  for (int i = 0; i < kR; ++i) {
#pragma GCC unroll 16
    for (int p = 0; p < kP; ++p) {
      sum[i][p] = hn::Load(Integers(), sums + ((r + i) * kP + p) * kWidth);
    }
  }
  store<kR, kP>(rows, sum);
}

/// 64 products at a time for 16 rows and 16 columns, in the registers that AmxTiles has set up for
/// `height` rows. A tile that has one less repeats the last row of the one above it.
template <int kHalves, int kP>
__attribute__((target("amx-tile,amx-int8"))) void amx_tile(const Tile& t) {
  constexpr int64_t kStep = 64;
  const int64_t depth = t.x.padded_depth();
  const int64_t repeated = t.height - t.rows;
  const uint8_t* x = t.x.quads() + (t.row - repeated) * depth;
  const uint8_t* lower = x + kAmxTileRows * depth;
  const int8_t* b = t.b.panel(t.panel);
  const int8_t* right = b + depth * kWidth;
  const char* ahead = t.ahead;
  _tile_zero(0);
  if constexpr (kP == 2) _tile_zero(1);
  if constexpr (kHalves == 2) _tile_zero(2);
  if constexpr (kHalves == 2 && kP == 2) _tile_zero(3);
  for (int64_t k = 0; k < depth; k += kStep) {
    for (int64_t i = 0; i < kStep; i += kFetchEvery, ahead += t.ahead_step) hwy::Prefetch(ahead);
    _tile_loadd(4, x + k, depth);
    _tile_loadd(6, b + k * kWidth, kStep);
    _tile_dpbusd(0, 4, 6);
    if constexpr (kP == 2) {
      _tile_loadd(7, right + k * kWidth, kStep);
      _tile_dpbusd(1, 4, 7);
    }
    if constexpr (kHalves == 2) {
      _tile_loadd(5, lower + k, depth);
      _tile_dpbusd(2, 5, 6);
    }
    if constexpr (kHalves == 2 && kP == 2) _tile_dpbusd(3, 5, 7);
  }
  alignas(64) int32_t all[kHalves * kAmxTileRows][kP * kWidth];
  _tile_stored(0, all[0], sizeof all[0]);
  if constexpr (kP == 2) _tile_stored(1, all[0] + kWidth, sizeof all[0]);
  if constexpr (kHalves == 2) _tile_stored(2, all[kAmxTileRows], sizeof all[0]);
  if constexpr (kHalves == 2 && kP == 2) {
    _tile_stored(3, all[kAmxTileRows] + kWidth, sizeof all[0]);
  }
  const int32_t* sums = all[repeated];
  int64_t r = 0;
  for (; r + 4 <= t.rows; r += 4) store_rows<4, kP>(t, sums, r);
  for (; r < t.rows; ++r) store_rows<1, kP>(t, sums, r);
}
#endif

using TileFunction = void (*)(const Tile&);
using TileFunctions = std::array<TileFunction, kRows>;

template <int kP, int... kR>
constexpr TileFunctions pairs_functions(std::integer_sequence<int, kR...>) {
  return {&pairs_tile<kR + 1, kP>...};
}

constexpr TileFunctions kPairs1 = pairs_functions<1>(std::make_integer_sequence<int, kRows>());
#ifdef PUENTE_VNNI
template <int kP, int... kR>
constexpr TileFunctions quads_functions(std::integer_sequence<int, kR...>) {
  return {&quads_tile<kR + 1, kP>...};
}
constexpr TileFunctions kQuads1 = quads_functions<1>(std::make_integer_sequence<int, kRows>());
#endif
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
constexpr TileFunctions kPairs2 = pairs_functions<2>(std::make_integer_sequence<int, kRows>());
constexpr TileFunctions kQuads2 = quads_functions<2>(std::make_integer_sequence<int, kRows>());
#endif

#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
constexpr std::array<TileFunction, kNarrowRows> kNarrowQuads = {
    &narrow_quads_tile<1, 1>, &narrow_quads_tile<2, 1>, &narrow_quads_tile<3, 1>};
#endif

TileFunction tile_function(IntegerForm form, int64_t rows, int64_t panels) {
#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX3
  if (form == IntegerForm::tiles && rows > kAmxTileRows) {
    return panels == 2 ? &amx_tile<2, 2> : &amx_tile<2, 1>;
  }
  if (form == IntegerForm::tiles) return panels == 2 ? &amx_tile<1, 2> : &amx_tile<1, 1>;
#endif
  const auto r = static_cast<size_t>(rows - 1);
#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
  if (form == IntegerForm::narrow_quads) return kNarrowQuads[r];
#endif
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  if (panels == 2) return form == IntegerForm::quads ? kQuads2[r] : kPairs2[r];
#endif
#ifdef PUENTE_VNNI
  if (form == IntegerForm::quads) return kQuads1[r];
#endif
  PUENTE_ASSERT(form == IntegerForm::pairs && panels == 1);
  return kPairs1[r];
}

int64_t most_rows(IntegerForm form) {
  if (form == IntegerForm::tiles) return kAmxRows;
  return form == IntegerForm::narrow_quads ? kNarrowRows : kRows;
}

/// A tile whose columns do not all exist: by way of a buffer that has them.
void ragged_tile(Tile tile, TileFunction function, int64_t columns, int64_t width) {
  const int64_t rows = tile.rows;
  alignas(64) float buffer[kMostTileRows * kPanels * kWidth];
  const auto bytes = static_cast<size_t>(columns) * sizeof(float);
  float* y = std::exchange(tile.y, buffer);
  const int64_t stride = std::exchange(tile.y_stride, width);
  std::fill_n(buffer, rows * width, 0.0f);
  for (int64_t r = 0; tile.epilogue.accumulate && r < rows; ++r) {
    std::memcpy(buffer + r * width, y + r * stride, bytes);
  }
  function(tile);
  for (int64_t r = 0; r < rows; ++r) std::memcpy(y + r * stride, buffer + r * width, bytes);
}

void multiply_all(const QuantisedRows& x, const QuantisedMatrix& b, const Epilogue& epilogue,
                  MatrixView<float> y) {
  if (x.rows() == 0) return;
  const int64_t most = most_rows(x.form());
  const int64_t tiles = (x.rows() + most - 1) / most;
  const int64_t height = (x.rows() + tiles - 1) / tiles;
  std::optional<AmxTiles> registers;
  if (x.form() == IntegerForm::tiles) registers.emplace(height);
  const int64_t panel_bytes = b.padded_depth() * kWidth;
  AlignedVector<int16_t> wide;
  if (x.form() == IntegerForm::pairs) wide.resize(static_cast<size_t>(kPanels * panel_bytes));
  for (int64_t panel = 0; panel < b.panels(); panel += kPanels) {
    const int64_t panels = std::min<int64_t>(kPanels, b.panels() - panel);
    // The next panels lie right behind; each tile fetches its share of them.
    const int64_t next_bytes =
        std::min<int64_t>(kPanels, b.panels() - panel - panels) * panel_bytes;
    const char* next = reinterpret_cast<const char*>(b.panel(panel) + panels * panel_bytes);
    const int64_t fetches = tiles * (b.padded_depth() / kFetchEvery);
    const int64_t width = panels * kWidth;
    const int64_t columns = std::min(width, b.columns() - panel * kWidth);
    if (!wide.empty()) widen(b, panel, panels, wide.data());
    int64_t row = 0;
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t left = x.rows() - row;
      const int64_t rows = left / (tiles - i) + (left % (tiles - i) != 0);
      const Tile tile{x,
                      b,
                      epilogue,
                      row,
                      rows,
                      panel,
                      y.row(row) + panel * kWidth,
                      y.stride,
                      wide.data(),
                      next_bytes > 0 ? next + next_bytes * i / tiles
                                     : reinterpret_cast<const char*>(b.panel(panel)),
                      next_bytes / fetches,
                      height};
      const TileFunction function =
          tile_function(x.form(), x.form() == IntegerForm::tiles ? height : rows, panels);
      if (columns < width) {
        ragged_tile(tile, function, columns, width);
      } else {
        function(tile);
      }
      row += rows;
    }
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(multiply_all);

void multiply(const QuantisedRows& x, const QuantisedMatrix& b, const Epilogue& epilogue,
              MatrixView<float> y) {
  PUENTE_ASSERT(x.depth() == b.depth() && y.rows == x.rows() && y.cols == b.columns());
  PUENTE_ASSERT(x.form() == b.form() || x.form() == IntegerForm::pairs);
  PUENTE_ASSERT(!epilogue.accumulate || epilogue.activation == Activation::none);
  HWY_DYNAMIC_DISPATCH(multiply_all)(x, b, epilogue, y);
}

}  // namespace puente
#endif
