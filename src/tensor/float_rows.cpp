#include "tensor/float_rows.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace puente {
namespace {

constexpr int64_t kLargestBlock = 768;
// A tile of the result must not straddle two blocks when a result is the next operand.
constexpr int64_t kBlockUnit = 32;

}  // namespace

void FloatRows::reshape(int64_t rows, int64_t depth) {
  PUENTE_ASSERT(rows >= 0 && rows <= kMostRows && depth > 0);
  rows_ = rows;
  depth_ = depth;
  const int64_t count = (depth + kLargestBlock - 1) / kLargestBlock;
  const int64_t even = (depth + count - 1) / count;
  block_ = count == 1 ? depth : (even + kBlockUnit - 1) / kBlockUnit * kBlockUnit;
  const auto size = static_cast<size_t>(rows * depth);
  if (values_.size() < size) {
    values_.clear();  // nothing worth copying
    values_.resize(size);
  }
}

void FloatRows::set(MatrixView<const float> x) {
  reshape(x.rows, x.cols);
  for (int64_t b = 0; b < blocks(); ++b) {
    const int64_t width = columns(b);
    float* to = block(b);
    for (int64_t r = 0; r < rows_; ++r) {
      std::memcpy(to + r * width, x.row(r) + first_column(b),
                  static_cast<size_t>(width) * sizeof(float));
    }
  }
}

void FloatRows::set(MatrixView<const float> x, const LayerNorm& norm) {
  reshape(x.rows, x.cols);
  if (blocks() == 1) {
    layer_norm(x, norm, {block(0), rows_, depth_, depth_});
    return;
  }
  row_.resize(static_cast<size_t>(depth_));
  for (int64_t r = 0; r < rows_; ++r) {
    layer_norm({x.row(r), 1, x.cols, x.stride}, norm, {row_.data(), 1, depth_, depth_});
    for (int64_t b = 0; b < blocks(); ++b) {
      std::memcpy(block(b) + r * columns(b), row_.data() + first_column(b),
                  static_cast<size_t>(columns(b)) * sizeof(float));
    }
  }
}

}  // namespace puente
