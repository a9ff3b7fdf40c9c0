// The kernels of multiply_blocks: a few rows times one or two panels of a BlockMatrix. Included
// once per instruction set, inside Highway's foreach_target loop.

// The guard changes sides with every pass of that loop.
#if defined(PUENTE_TENSOR_BLOCK_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUENTE_TENSOR_BLOCK_TILES_INL_H_
#undef PUENTE_TENSOR_BLOCK_TILES_INL_H_
#else
#define PUENTE_TENSOR_BLOCK_TILES_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstring>
#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include <utility>

#include "base/error.h"
#include "tensor/block_matrix.h"
#include "tensor/block_rows.h"
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

// The most rows and panels of a tile, whose whole sums of a block are in registers. The float sums
// over blocks are in memory, which costs little beside the 16 instructions or 32 that every vector
// of a block takes.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
constexpr int kRows = 14;
constexpr int kPanels = 2;
#else
// 16 registers: 12 sums, the weights of two vectors, a pair and a product.
constexpr int kRows = kVectors >= 8 ? 1 : 12 / kVectors;
constexpr int kPanels = 1;
#endif

/// The rows, columns and blocks of one tile, and what it begins with. The blocks are one span's, or
/// what there is of the last.
struct Tile {
  const BlockRows& x;
  const PanelBlock* b;  // the first block
  int64_t b_step;       // to the next block
  int64_t row;          // first
  int64_t block;        // first
  int64_t blocks;
  float* y;
  int64_t y_stride;
  const float* bias;    // nullptr: none
  bool go_on;           // sums go on from y
  const int16_t* wide;  // the same blocks as widen() leaves them
  const char* ahead;    // weights that come next, fetched while these are multiplied
  int64_t ahead_lines;  // cache lines for every block
};

HWY_INLINE void fetch(const Tile& t, const char*& ahead) {
  for (int64_t i = 0; i < t.ahead_lines; ++i, ahead += 64) hwy::Prefetch(ahead);
}

/// What the sums of row r and vector v begin with.
HWY_INLINE Vec beginning(const Tile& t, int r, int v) {
  const Tag d;
  const Vec bias = t.bias ? hn::LoadU(d, t.bias + v * kLanes) : hn::Zero(d);
  if (!t.go_on) return bias;
  const Vec y = hn::LoadU(d, t.y + r * t.y_stride + v * kLanes);
  return t.bias ? hn::Add(y, bias) : y;
}

#if HWY_TARGET == HWY_SCALAR
void widen(const PanelBlock*, int64_t, int64_t, int64_t, int16_t*) {}  // its tiles read bytes
#else
using Halves = hn::Repartition<int16_t, Integers>;

/// Some blocks of one or two panels in 16 bits, once for all rows: of every four bytes of a column
/// the even ones (k, k + 2), then the odd ones (k + 1, k + 3); the pairs of x lie accordingly.
///   [blocks][16 pairs][panels][16 columns][2]
void widen(const PanelBlock* b, int64_t step, int64_t blocks, int64_t panels, int16_t* to) {
  const int64_t half = panels * kWidth * 2;
  for (int64_t i = 0; i < blocks; ++i, b += step) {
    for (int64_t k = 0; k < kBlockDepth / 4; ++k, to += 2 * half) {
      for (int64_t n = 0; n < panels * kWidth; n += kLanes) {
        const int8_t* bytes = b[n / kWidth].values[k][n % kWidth];
        widen_four(Integers(), bytes, to + 2 * n, to + half + 2 * n);
      }
    }
  }
}
#endif

#if HWY_TARGET == HWY_SCALAR
/// One column after another, for CPUs of which nothing is known.
template <int kR, int kP, bool kVnni, bool kEven>
void multiply_span(const Tile& t) {
  static_assert(kR == 1 && kP == 1 && kLanes == 1);
  const float span_scale = *t.x.span_scales(t.block / kSpanBlocks, t.row);
  for (int n = 0; n < kWidth; ++n) {
    float total = 0;
    for (int64_t i = 0; i < t.blocks; ++i) {
      const int16_t* x = t.x.pairs(t.block + i, t.row);
      const PanelBlock& b = t.b[i * t.b_step];
      int32_t whole = 0;
      for (int64_t k = 0; k < kBlockDepth; k += 4) {
        const int8_t* four = b.values[k / 4][n];
        whole += x[k] * four[0] + x[k + 1] * four[2] + x[k + 2] * four[1] + x[k + 3] * four[3];
      }
      total += static_cast<float>(whole) * (b.scales[n] * *t.x.scales(t.block + i, t.row));
    }
    t.y[n] = hn::GetLane(beginning(t, 0, n)) + total * span_scale;
  }
}
#else
/// To each sum, or its spare, the products of two pairs.
template <bool kVnni>
HWY_INLINE void add_products(IntVec& sum, [[maybe_unused]] IntVec& spare, hn::Vec<Halves> pair,
                             hn::Vec<Halves> weights) {
#ifdef PUENTE_VNNI
  if constexpr (kVnni) return add_pairs(sum, pair, weights);
#endif
  sum = hn::ReorderWidenMulAccumulate(Integers(), weights, pair, sum, spare);
  keep_order(sum);
}

/// Two products at a time in 16 bits, in one span. Where it is even, blocks of x need no scale of
/// their own: it is 1, so that both ways end in the same bits.
template <int kR, int kP, bool kVnni, bool kEven>
void multiply_span(const Tile& t) {
  const Tag d;
  const Integers di;
  const Halves dh;
  constexpr int kSums = kP * kVectors;
  // Beside each other, where they come back to after every block: y's rows lie far apart.
  alignas(64) float total[kR][kSums * kLanes] = {};
  const char* ahead = t.ahead;
  const int16_t* HWY_RESTRICT weight = t.wide;
  const int16_t* HWY_RESTRICT x = t.x.pairs(t.block, t.row);
  const float* HWY_RESTRICT x_scales = t.x.scales(t.block, t.row);
  const int64_t x_step = t.x.rows();
  const PanelBlock* HWY_RESTRICT b = t.b;
  for (int r = 0; r < kR; ++r) hwy::Prefetch(t.y + r * t.y_stride);  // rows lie far apart
  for (int64_t i = 0; i < t.blocks; ++i) {
    fetch(t, ahead);
    IntVec sum[kR][kSums];
    IntVec spare[kR][kSums];  // nothing on x86; other CPUs sum neighbours apart
#pragma GCC unroll 16
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < kSums; ++v) sum[r][v] = spare[r][v] = hn::Zero(di);
    }
#pragma GCC unroll 16
    for (int k = 0; k < kBlockDepth; k += 2, weight += kSums * 2 * kLanes) {
      hn::Vec<Halves> weights[kSums];
#pragma GCC unroll 16
      for (int v = 0; v < kSums; ++v) weights[v] = hn::Load(dh, weight + v * 2 * kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < kR; ++r) {
        // As a float, which compilers broadcast right from memory.
        float two;
        std::memcpy(&two, x + r * kBlockDepth + k, sizeof two);
        const auto pair = hn::BitCast(dh, hn::Set(d, two));
#pragma GCC unroll 16
        for (int v = 0; v < kSums; ++v) {
          add_products<kVnni>(sum[r][v], spare[r][v], pair, weights[v]);
        }
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < kSums; ++v) {
        const Vec whole = hn::ConvertTo(d, hn::RearrangeToOddPlusEven(sum[r][v], spare[r][v]));
        Vec scale = hn::Load(d, b[v / kVectors].scales + v % kVectors * kLanes);
        if (!kEven) scale = hn::Mul(scale, hn::Set(d, x_scales[r]));
        float* to = total[r] + v * kLanes;
        hn::Store(hn::MulAdd(whole, scale, hn::Load(d, to)), d, to);
      }
    }
    x += x_step * kBlockDepth;
    x_scales += x_step;
    b += t.b_step;
  }
  const float* HWY_RESTRICT span_scales = t.x.span_scales(t.block / kSpanBlocks, t.row);
  const bool from_y = t.go_on && t.bias == nullptr;  // nearly always
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
    const Vec scale = hn::Set(d, span_scales[r]);
    float* HWY_RESTRICT y = t.y + r * t.y_stride;
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      const Vec before = HWY_LIKELY(from_y) ? hn::LoadU(d, y + v * kLanes) : beginning(t, r, v);
      const Vec sum = hn::MulAdd(hn::Load(d, total[r] + v * kLanes), scale, before);
      hn::StoreU(sum, d, y + v * kLanes);
    }
  }
}
#endif

template <int kR, int kP, bool kVnni>
void multiply_tile(const Tile& t) {
  if (t.x.is_even(t.block / kSpanBlocks)) {
    multiply_span<kR, kP, kVnni, true>(t);
  } else {
    multiply_span<kR, kP, kVnni, false>(t);
  }
}

using TileFunction = void (*)(const Tile&);

template <int kP, bool kVnni, int... kR>
constexpr auto tile_functions(std::integer_sequence<int, kR...>) {
  return std::array<TileFunction, kRows>{&multiply_tile<kR + 1, kP, kVnni>...};
}

template <int kP>
TileFunction tile_function(int64_t rows) {
  constexpr std::make_integer_sequence<int, kRows> kHeights;
  static constexpr auto kPlain = tile_functions<kP, false>(kHeights);
#ifdef PUENTE_VNNI
  static constexpr auto kVnni = tile_functions<kP, true>(kHeights);
  if (has_vnni()) return kVnni[static_cast<size_t>(rows - 1)];
#endif
  return kPlain[static_cast<size_t>(rows - 1)];
}

TileFunction tile_function(int64_t rows, int64_t panels) {
  if constexpr (kPanels == 2) {
    if (panels == 2) return tile_function<2>(rows);
  }
  PUENTE_ASSERT(panels == 1);
  return tile_function<1>(rows);
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // PUENTE_TENSOR_BLOCK_TILES_INL_H_
