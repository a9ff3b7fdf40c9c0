#include "tensor/multiply_blocks.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/multiply_blocks.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include "tensor/activation-inl.h"
#include "tensor/block_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

/// What all tiles of one product have in common.
struct Product {
  const BlockRows& x;
  const BlockMatrix& b;
  const Epilogue& epilogue;
  MatrixView<float> y;
};

/// All rows of a tile with its activation after the last block; by way of a buffer where not all of
/// its columns exist.
void run_tile(const Product& product, Tile tile, int64_t rows, int64_t panels, int64_t columns) {
  const Tag d;
  const int64_t width = panels * kWidth;
  const Activation activation = tile.block + tile.blocks == product.b.blocks()
                                    ? product.epilogue.activation
                                    : Activation::none;
  const TileFunction function = tile_function(rows, panels);
  if (columns >= width) {
    function(tile);
    for (int64_t r = 0; r < rows; ++r) activate(d, activation, tile.y + r * tile.y_stride, width);
    return;
  }
  alignas(64) float buffer[kRows * kPanels * kWidth] = {};
  const auto bytes = static_cast<size_t>(columns) * sizeof(float);
  float* y = std::exchange(tile.y, buffer);
  const int64_t stride = std::exchange(tile.y_stride, width);
  for (int64_t r = 0; tile.go_on && r < rows; ++r) {
    std::memcpy(buffer + r * width, y + r * stride, bytes);
  }
  function(tile);
  for (int64_t r = 0; r < rows; ++r) {
    activate(d, activation, buffer + r * width, width);
    std::memcpy(y + r * stride, buffer + r * width, bytes);
  }
}

/// A span of two panels, as many at a time as the kernels take, against all rows, in tiles of
/// nearly equal height. Its widened weights (16 KB a panel) and a tile's rows stay in the first
/// cache.
void run_pass(const Product& product, int64_t panel, int64_t block, int64_t blocks) {
  const Epilogue& e = product.epilogue;
  const int64_t rows = product.x.rows();
  const int64_t tiles = (rows + kRows - 1) / kRows;
  const int64_t beside = product.b.panels_beside(panel);
  const PanelBlock* b = product.b.block(panel, block);
  // What comes next lies right behind; each tile fetches its share. A single tile reads the weights
  // as fast as memory gives them anyway.
  const char* next = reinterpret_cast<const char*>(b + beside * blocks);
  const auto* end = reinterpret_cast<const char*>(product.b.block(0, 0)) + product.b.bytes();
  const int64_t lines = beside * static_cast<int64_t>(sizeof(PanelBlock)) / 64;
  const int64_t turns = tiles * ((beside + kPanels - 1) / kPanels);
  const int64_t fetched = (lines + turns - 1) / turns;
  alignas(64) int16_t wide[kPanels * kSpanBlocks * kBlockDepth * kWidth];
  for (int64_t p = 0; p < beside; p += kPanels) {
    const int64_t panels = std::min<int64_t>(kPanels, beside - p);
    const int64_t column = (panel + p) * kWidth;
    widen(b + p, beside, blocks, panels, wide);
    int64_t row = 0;
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t left = rows - row;
      const int64_t height = left / (tiles - i) + (left % (tiles - i) != 0);
      const bool ahead = tiles > 1 && next + blocks * fetched * 64 <= end;
      const Tile tile{product.x,
                      b + p,
                      beside,
                      row,
                      block,
                      blocks,
                      product.y.row(row) + column,
                      product.y.stride,
                      block == 0 && e.bias ? e.bias + column : nullptr,
                      block > 0 || e.accumulate,
                      wide,
                      next,
                      ahead ? fetched : 0};
      run_tile(product, tile, height, panels, product.b.columns() - column);
      if (ahead) next += blocks * fetched * 64;
      row += height;
    }
  }
}

void multiply_all(const BlockRows& x, const BlockMatrix& b, const Epilogue& epilogue,
                  MatrixView<float> y) {
  if (x.rows() == 0) return;
  const Product product{x, b, epilogue, y};
  for (int64_t panel = 0; panel < b.panels(); panel += 2) {
    for (int64_t block = 0; block < b.blocks(); block += kSpanBlocks) {
      run_pass(product, panel, block, std::min(kSpanBlocks, b.blocks() - block));
    }
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(multiply_all);

void multiply(const BlockRows& x, const BlockMatrix& b, const Epilogue& epilogue,
              MatrixView<float> y) {
  PUENTE_ASSERT(x.depth() == b.depth() && y.rows == x.rows() && y.cols == b.columns());
  PUENTE_ASSERT(!epilogue.accumulate || epilogue.activation == Activation::none);
  HWY_DYNAMIC_DISPATCH(multiply_all)(x, b, epilogue, y);
}

}  // namespace puente
#endif
