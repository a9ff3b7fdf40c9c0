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
#include "tensor/registers-inl.h"

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

struct Tile {
  const float* x;
  int64_t x_stride;
  const float* b;        // panel at the first k
  int64_t panel_stride;  // to the next panel
  int64_t depth;         // of this pass
  float* y;
  int64_t y_stride;
  const float* bias;   // nullptr: none
  bool go_on;          // sums go on from y
  const char* ahead;   // what will be multiplied next; fetched while this is
  int64_t ahead_step;  // bytes per kFetchEvery steps of k
};

constexpr int64_t kFetchEvery = 4;

/// sum + x * y, into the register that sum is in: compilers choose others, and spend as many moves.
HWY_INLINE void add_product(Vec x, Vec y, Vec& sum) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum.raw) : "v"(x.raw), "v"(y.raw));
#else
  sum = hn::MulAdd(x, y, sum);
#endif
}

/// One k of every row times one of every column. Three rows have a pointer in common: an address
/// may add a stride once or twice.
template <int kR, int kP>
HWY_INLINE void add_products(const float* HWY_RESTRICT const (&x)[(kR + 2) / 3], int64_t x_stride,
                             const float* HWY_RESTRICT const (&b)[kP], int64_t k,
                             Vec (&sum)[kR][kP * kVectors]) {
  const Tag d;
  Vec column[kP * kVectors];
#pragma GCC unroll 16
  for (int v = 0; v < kP * kVectors; ++v) {
    column[v] = hn::Load(d, b[v / kVectors] + k * kPanelWidth + (v % kVectors) * kLanes);
  }
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
    const Vec value = hn::Set(d, x[r / 3][r % 3 * x_stride + k]);
#pragma GCC unroll 16
    for (int v = 0; v < kP * kVectors; ++v) add_product(value, column[v], sum[r][v]);
  }
}

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
      sum[r][v] = t.bias ? hn::LoadU(d, t.bias + v * kLanes) : hn::Zero(d);
      if (t.go_on) {
        const Vec y = hn::LoadU(d, t.y + r * t.y_stride + v * kLanes);
        sum[r][v] = t.bias ? hn::Add(y, sum[r][v]) : y;
      }
    }
  }
  constexpr int kTrios = (kR + 2) / 3;
  const float* HWY_RESTRICT x[kTrios];
#pragma GCC unroll 16
  for (int i = 0; i < kTrios; ++i) x[i] = t.x + 3 * i * t.x_stride;
  const int64_t x_stride = t.x_stride;
  const char* ahead = t.ahead;
  int64_t left = t.depth;
  for (; left >= kFetchEvery; left -= kFetchEvery) {
    hwy::Prefetch(ahead);
    ahead += t.ahead_step;
#pragma GCC unroll 4
    for (int64_t k = 0; k < kFetchEvery; ++k) add_products<kR, kP>(x, x_stride, b, k, sum);
#pragma GCC unroll 16
    for (int i = 0; i < kTrios; ++i) {
      x[i] += kFetchEvery;
      keep_pointer(x[i]);
    }
#pragma GCC unroll 2
    for (int p = 0; p < kP; ++p) b[p] += kFetchEvery * kPanelWidth;
  }
  for (int64_t k = 0; k < left; ++k) add_products<kR, kP>(x, x_stride, b, k, sum);
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      hn::StoreU(sum[r][v], d, t.y + r * t.y_stride + v * kLanes);
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

/// What all tiles of one product have in common.
struct Product {
  const PackedMatrix& b;
  const Epilogue& epilogue;
  int64_t rows;
  int64_t columns;  // of y
};

/// One block of k, and where it stands among all of them.
struct Pass {
  const float* x;
  int64_t x_stride;
  int64_t k;  // first
  int64_t depth;
};

/// Where one or two panels of the result go.
struct Place {
  float* y;
  int64_t stride;
};

void finish(const Epilogue& epilogue, bool last, float* y, int64_t stride, int64_t rows,
            int64_t columns) {
  if (!last || epilogue.activation == Activation::none) return;
  for (int64_t r = 0; r < rows; ++r) activate(Tag(), epilogue.activation, y + r * stride, columns);
}

/// A tile whose columns do not all exist: by way of a buffer that has them.
void ragged_tile(const Epilogue& epilogue, bool last, Tile tile, int64_t rows, int64_t columns,
                 int64_t panels) {
  alignas(64) float buffer[kRows * kPanels * kPanelWidth];
  const int64_t width = panels * kPanelWidth;
  const auto bytes = static_cast<size_t>(columns) * sizeof(float);
  const Place y{tile.y, tile.y_stride};
  std::fill_n(buffer, rows * width, 0.0f);
  for (int64_t r = 0; tile.go_on && r < rows; ++r) {
    std::memcpy(buffer + r * width, y.y + r * y.stride, bytes);
  }
  tile.y = buffer;
  tile.y_stride = width;
  kTileFunctions[static_cast<size_t>(panels - 1)][static_cast<size_t>(rows - 1)](tile);
  finish(epilogue, last, buffer, width, rows, width);
  for (int64_t r = 0; r < rows; ++r) std::memcpy(y.y + r * y.stride, buffer + r * width, bytes);
}

/// One or two panels against all rows, in tiles of nearly equal height.
void multiply_panels(const Product& product, const Pass& pass, int64_t panel, int64_t panels,
                     Place place) {
  const PackedMatrix& b = product.b;
  const Epilogue& e = product.epilogue;
  const int64_t column = panel * kPanelWidth;
  const int64_t stride = b.panel_stride();
  const int64_t tiles = (product.rows + kRows - 1) / kRows;
  const bool last = pass.k + pass.depth == b.depth();
  // The next panels are fetched in equal parts while this one is multiplied: the tiles take turns.
  const int64_t next = std::min<int64_t>(kPanels, b.panels() - panel - panels);
  const int64_t turns = next > 0 ? (tiles + next - 1) / next : 1;
  const int64_t next_bytes = next > 0 ? pass.depth * kPanelWidth * int64_t{sizeof(float)} : 0;
  const int64_t fetches = (pass.depth + kFetchEvery - 1) / kFetchEvery;
  int64_t done = 0;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t left = product.rows - done;
    const int64_t rows = left / (tiles - i) + (left % (tiles - i) != 0);
    Tile tile;
    tile.x = pass.x + done * pass.x_stride;
    tile.x_stride = pass.x_stride;
    tile.b = b.panel(panel) + pass.k * kPanelWidth;
    tile.panel_stride = stride;
    tile.depth = pass.depth;
    tile.y = place.y + done * place.stride;
    tile.y_stride = place.stride;
    tile.bias = e.bias && pass.k == 0 ? e.bias + column : nullptr;
    tile.go_on = e.accumulate || pass.k > 0;
    const float* ahead =
        next > 0 ? b.panel(panel + panels + i % next) + pass.k * kPanelWidth : tile.b;
    tile.ahead =
        reinterpret_cast<const char*>(ahead) + (next > 0 ? next_bytes * (i / next) / turns : 0);
    tile.ahead_step = next_bytes / (turns * fetches);
    const int64_t exist = product.columns - column;
    if (exist < panels * kPanelWidth) {
      ragged_tile(e, last, tile, rows, exist, panels);
    } else {
      kTileFunctions[static_cast<size_t>(panels - 1)][static_cast<size_t>(rows - 1)](tile);
      finish(e, last, tile.y, tile.y_stride, rows, panels * kPanelWidth);
    }
    done += rows;
  }
}

/// place(column) says where the result's columns from there on go.
template <class PlaceOf>
void multiply_block(const Product& product, const Pass& pass, PlaceOf&& place) {
  const int64_t panels = product.b.panels();
  for (int64_t panel = 0; panel < panels; panel += kPanels) {
    multiply_panels(product, pass, panel, std::min<int64_t>(kPanels, panels - panel),
                    place(panel * kPanelWidth));
  }
}

template <class PlaceOf>
void multiply_blocks(const FloatRows& x, const PackedMatrix& b, const Epilogue& epilogue,
                     PlaceOf&& place) {
  const Product product{b, epilogue, x.rows(), b.columns()};
  for (int64_t i = 0; i < x.blocks(); ++i) {
    multiply_block(product, {x.block(i), x.columns(i), x.first_column(i), x.columns(i)}, place);
  }
}

void multiply_to_matrix(const FloatRows& x, const PackedMatrix& b, const Epilogue& epilogue,
                        MatrixView<float> y) {
  multiply_blocks(x, b, epilogue, [&](int64_t column) { return Place{y.data + column, y.stride}; });
}

void multiply_to_rows(const FloatRows& x, const PackedMatrix& b, const Epilogue& epilogue,
                      FloatRows& y) {
  multiply_blocks(x, b, epilogue, [&](int64_t column) {
    const int64_t block = y.block_of(column);
    return Place{y.block(block) + (column - y.first_column(block)), y.columns(block)};
  });
}

void multiply_in_place(MatrixView<const float> x, const PackedMatrix& b, MatrixView<float> y) {
  const Epilogue plain;
  multiply_block(Product{b, plain, x.rows, b.columns()}, {x.data, x.stride, 0, x.cols},
                 [&](int64_t column) {
                   return Place{y.data + column, y.stride};
                 });
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(multiply_to_matrix);
HWY_EXPORT(multiply_to_rows);
HWY_EXPORT(multiply_in_place);

void multiply(const FloatRows& x, const PackedMatrix& b, const Epilogue& epilogue,
              MatrixView<float> y) {
  PUENTE_ASSERT(x.depth() == b.depth() && y.rows == x.rows() && y.cols == b.columns());
  PUENTE_ASSERT(!epilogue.accumulate || epilogue.activation == Activation::none);
  HWY_DYNAMIC_DISPATCH(multiply_to_matrix)(x, b, epilogue, y);
}

void multiply(const FloatRows& x, const PackedMatrix& b, const Epilogue& epilogue, FloatRows& y) {
  PUENTE_ASSERT(x.depth() == b.depth() && &x != &y && !epilogue.accumulate);
  y.reshape(x.rows(), b.columns());
  HWY_DYNAMIC_DISPATCH(multiply_to_rows)(x, b, epilogue, y);
}

void multiply(MatrixView<const float> x, const PackedMatrix& b, MatrixView<float> y) {
  PUENTE_ASSERT(x.cols == b.depth() && y.rows == x.rows && y.cols == b.columns());
  PUENTE_ASSERT(x.cols > 0 && y.cols > 0);
  HWY_DYNAMIC_DISPATCH(multiply_in_place)(x, b, y);
}

}  // namespace puente
#endif
