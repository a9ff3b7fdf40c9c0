#include "tensor/multiply.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/multiply.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "tensor/activation-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, kPanelWidth>;
using Vec = hn::Vec<Tag>;

constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag()));
constexpr int kVectors = static_cast<int>(kPanelWidth) / kLanes;  // in a row of a panel

// A tile of y is what one pass over k keeps in registers: up to kRows rows of kPanels panels. 32
// registers hold 28 sums, 16 registers hold 12, and the rest is for the operands.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
constexpr int kRows = 14;
constexpr int kPanels = 2;
#else
constexpr int kRows = kVectors >= 12 ? 1 : 12 / kVectors;
constexpr int kPanels = 1;
#endif

// A block of x, kBlockRows x kDepth floats at most, stays in the second-level cache while all of B
// passes by. Neither number changes a result.
constexpr int64_t kBlockRows = 8 * 14;
constexpr int64_t kDepth = 768;

struct Tile {
  const float* x;        // [rows][depth]
  const float* b;        // panel at the first k
  int64_t panel_stride;  // to the next panel
  int64_t depth;         // of this pass
  float* y;
  int64_t y_stride;
  const float* bias;      // for a first pass that begins with a bias
  bool first;             // otherwise sums go on from y
  const float* residual;  // for the last pass
  int64_t residual_stride;
  const char* ahead;   // what will be multiplied next; fetched while this is
  int64_t ahead_step;  // bytes per kFetchEvery steps of k
};

constexpr int64_t kFetchEvery = 4;

template <int kR, int kP>
void multiply_tile(const Tile& t) {
  const Tag d;
  constexpr int kSums = kP * kVectors;
  Vec sum[kR][kSums];
  const float* HWY_RESTRICT b[kP];
#pragma GCC unroll 2
  for (int p = 0; p < kP; ++p) b[p] = t.b + p * t.panel_stride;
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      sum[r][v] = !t.first ? hn::LoadU(d, t.y + r * t.y_stride + v * kLanes)
                  : t.bias ? hn::LoadU(d, t.bias + v * kLanes)
                           : hn::Zero(d);
    }
  }
  const float* HWY_RESTRICT x = t.x;
  const char* ahead = t.ahead;
  for (int64_t k = 0; k < t.depth; ++k) {
    if (k % kFetchEvery == 0) {
      hwy::Prefetch(ahead);
      ahead += t.ahead_step;
    }
    Vec column[kSums];
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      column[v] = hn::Load(d, b[v / kVectors] + k * kPanelWidth + (v % kVectors) * kLanes);
    }
#pragma GCC unroll 16
    for (int r = 0; r < kR; ++r) {
      const Vec value = hn::Set(d, x[r * t.depth + k]);
#pragma GCC unroll 16
      for (int v = 0; v < kSums; ++v) sum[r][v] = hn::MulAdd(value, column[v], sum[r][v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      Vec value = sum[r][v];
      if (t.residual) {
        value = hn::Add(value, hn::LoadU(d, t.residual + r * t.residual_stride + v * kLanes));
      }
      hn::StoreU(value, d, t.y + r * t.y_stride + v * kLanes);
    }
  }
}

using TileFunction = void (*)(const Tile&);

template <int kP, int... kR>
constexpr std::array<TileFunction, kRows> tile_functions(std::integer_sequence<int, kR...>) {
  return {&multiply_tile<kR + 1, kP>...};
}

/// Index: panels - 1, rows - 1.
constexpr std::array<std::array<TileFunction, kRows>, kPanels> kTileFunctions = {
    tile_functions<1>(std::make_integer_sequence<int, kRows>()),
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
    tile_functions<2>(std::make_integer_sequence<int, kRows>()),
#endif
};

/// columns is a multiple of 16.
void activate(Activation activation, float* y, int64_t rows, int64_t stride, int64_t columns) {
  const Tag d;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < columns; j += kLanes) {
      float* at = y + r * stride + j;
      const Vec x = hn::LoadU(d, at);
      hn::StoreU(activation == Activation::quick_gelu ? quick_gelu(d, x) : gelu(d, x), d, at);
    }
  }
}

/// What all tiles of one block of rows and one range of k have in common.
struct Pass {
  const PackedMatrix& b;
  const Epilogue& epilogue;
  MatrixView<float> y;
  int64_t row;   // first of the block
  int64_t rows;  // in the block
  int64_t k;     // first
  int64_t depth;
  const float* x;  // [rows][depth]

  bool first() const { return k == 0; }
  bool last() const { return k + depth == b.depth(); }
};

void finish(const Pass& pass, const Tile& tile, int64_t rows, int64_t columns) {
  if (pass.last() && pass.epilogue.activation != Activation::none) {
    activate(pass.epilogue.activation, tile.y, rows, tile.y_stride, columns);
  }
}

/// A tile whose columns do not all exist: by way of a buffer that has them.
void ragged_tile(const Pass& pass, Tile tile, int64_t row, int64_t rows, int64_t column,
                 int64_t panels) {
  alignas(64) float buffer[kRows * kPanels * kPanelWidth];
  const int64_t width = panels * kPanelWidth;
  const int64_t columns = pass.y.cols - column;
  float* y = pass.y.row(row) + column;
  const auto bytes = static_cast<size_t>(columns) * sizeof(float);
  std::fill_n(buffer, rows * width, 0.0f);
  if (!pass.first()) {
    for (int64_t r = 0; r < rows; ++r)
      std::memcpy(buffer + r * width, y + r * pass.y.stride, bytes);
  }
  const float* residual = std::exchange(tile.residual, nullptr);
  tile.y = buffer;
  tile.y_stride = width;
  kTileFunctions[static_cast<size_t>(panels - 1)][static_cast<size_t>(rows - 1)](tile);
  finish(pass, tile, rows, width);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; residual && j < columns; ++j) {
      buffer[r * width + j] += residual[r * tile.residual_stride + j];
    }
    std::memcpy(y + r * pass.y.stride, buffer + r * width, bytes);
  }
}

/// One or two panels against all rows of the block, in tiles of nearly equal height.
void multiply_panels(const Pass& pass, int64_t panel, int64_t panels) {
  const PackedMatrix& b = pass.b;
  const Epilogue& e = pass.epilogue;
  const int64_t column = panel * kPanelWidth;
  const int64_t stride = b.depth() * kPanelWidth;
  const int64_t tiles = (pass.rows + kRows - 1) / kRows;
  // The next panels are fetched in equal parts while this one is multiplied: the tiles take turns.
  const int64_t next = std::min<int64_t>(kPanels, b.panels() - panel - panels);
  const int64_t turns = next > 0 ? (tiles + next - 1) / next : 1;
  const int64_t next_bytes = next > 0 ? pass.depth * kPanelWidth * int64_t{sizeof(float)} : 0;
  const int64_t fetches = (pass.depth + kFetchEvery - 1) / kFetchEvery;
  int64_t done = 0;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t rows = (pass.rows - done) / (tiles - i) + ((pass.rows - done) % (tiles - i) != 0);
    const int64_t row = pass.row + done;
    Tile tile;
    tile.x = pass.x + done * pass.depth;
    tile.b = b.panel(panel) + pass.k * kPanelWidth;
    tile.panel_stride = stride;
    tile.depth = pass.depth;
    tile.y = pass.y.row(row) + column;
    tile.y_stride = pass.y.stride;
    tile.bias = e.bias ? e.bias + column : nullptr;
    tile.first = pass.first();
    tile.residual = pass.last() && e.residual.data ? e.residual.row(row) + column : nullptr;
    tile.residual_stride = e.residual.stride;
    const float* ahead =
        next > 0 ? b.panel(panel + panels + i % next) + pass.k * kPanelWidth : tile.b;
    tile.ahead =
        reinterpret_cast<const char*>(ahead) + (next > 0 ? next_bytes * (i / next) / turns : 0);
    tile.ahead_step = next_bytes / (turns * fetches);
    if (column + panels * kPanelWidth > pass.y.cols) {
      ragged_tile(pass, tile, row, rows, column, panels);
    } else {
      kTileFunctions[static_cast<size_t>(panels - 1)][static_cast<size_t>(rows - 1)](tile);
      finish(pass, tile, rows, panels * kPanelWidth);
    }
    done += rows;
  }
}

void multiply_all(MatrixView<const float> x, const PackedMatrix& b, const Epilogue& epilogue,
                  MatrixView<float> y, MultiplyScratch& scratch) {
  scratch.rows.resize(std::max(scratch.rows.size(), static_cast<size_t>(kBlockRows * kDepth)));
  for (int64_t row = 0; row < x.rows; row += kBlockRows) {
    const int64_t rows = std::min(kBlockRows, x.rows - row);
    for (int64_t k = 0; k < x.cols; k += kDepth) {
      const int64_t depth = std::min(kDepth, x.cols - k);
      // Rows a power of two apart would all fall into the same few places of the cache.
      for (int64_t r = 0; r < rows; ++r) {
        std::memcpy(scratch.rows.data() + r * depth, x.row(row + r) + k,
                    static_cast<size_t>(depth) * sizeof(float));
      }
      const Pass pass{b, epilogue, y, row, rows, k, depth, scratch.rows.data()};
      for (int64_t panel = 0; panel < b.panels(); panel += kPanels) {
        multiply_panels(pass, panel, std::min<int64_t>(kPanels, b.panels() - panel));
      }
    }
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(multiply_all);

void multiply(MatrixView<const float> x, const PackedMatrix& b, const Epilogue& epilogue,
              MatrixView<float> y, MultiplyScratch& scratch) {
  PUENTE_ASSERT(x.cols == b.depth() && y.rows == x.rows && y.cols == b.columns());
  PUENTE_ASSERT(x.cols > 0 && y.cols > 0);
  const MatrixView<const float>& residual = epilogue.residual;
  if (residual.data) {
    PUENTE_ASSERT(residual.rows == y.rows && residual.cols == y.cols && residual.data != y.data);
    PUENTE_ASSERT(epilogue.activation == Activation::none);
  }
  HWY_DYNAMIC_DISPATCH(multiply_all)(x, b, epilogue, y, scratch);
}

}  // namespace puente
#endif
