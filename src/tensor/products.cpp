#include "tensor/products.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/interrupt.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/products.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<double, 8>;
using Vec = hn::Vec<Tag>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(Tag()));
// A tile's sums, 4 x 3 vectors, and its operands fit 16 registers.
constexpr int64_t kTileRows = 4;
constexpr int64_t kTileVectors = 3;
constexpr int64_t kTileColumns = kTileVectors * kLanes;

HWY_INLINE Vec LoadAsDouble(const double* p) { return hn::LoadU(Tag(), p); }
HWY_INLINE Vec LoadAsDouble(const float* p) {
  const hn::Rebind<float, Tag> floats;
  return hn::PromoteTo(Tag(), hn::LoadU(floats, p));
}

/// Beyond the edge of c the last row or column is computed again.
template <class T>
void Dots(MatrixView<const T> a, MatrixView<const double> b, MatrixView<double> c) {
  constexpr int64_t kSide = 4;
  const Tag d;
  const int64_t vector_end = a.cols / kLanes * kLanes;
  for (int64_t i0 = 0; i0 < c.rows; i0 += kSide) {
    const T* x[kSide];
    for (int64_t i = 0; i < kSide; ++i) x[i] = a.row(std::min(i0 + i, a.rows - 1));
    for (int64_t j0 = 0; j0 < c.cols; j0 += kSide) {
      const double* y[kSide];
      for (int64_t j = 0; j < kSide; ++j) y[j] = b.row(std::min(j0 + j, b.rows - 1));
      Vec s00 = hn::Zero(d), s01 = s00, s02 = s00, s03 = s00;
      Vec s10 = s00, s11 = s00, s12 = s00, s13 = s00;
      Vec s20 = s00, s21 = s00, s22 = s00, s23 = s00;
      Vec s30 = s00, s31 = s00, s32 = s00, s33 = s00;
      for (int64_t k = 0; k < vector_end; k += kLanes) {
        const Vec x0 = LoadAsDouble(x[0] + k), x1 = LoadAsDouble(x[1] + k);
        const Vec x2 = LoadAsDouble(x[2] + k), x3 = LoadAsDouble(x[3] + k);
        Vec v = hn::LoadU(d, y[0] + k);
        s00 = hn::MulAdd(x0, v, s00), s10 = hn::MulAdd(x1, v, s10);
        s20 = hn::MulAdd(x2, v, s20), s30 = hn::MulAdd(x3, v, s30);
        v = hn::LoadU(d, y[1] + k);
        s01 = hn::MulAdd(x0, v, s01), s11 = hn::MulAdd(x1, v, s11);
        s21 = hn::MulAdd(x2, v, s21), s31 = hn::MulAdd(x3, v, s31);
        v = hn::LoadU(d, y[2] + k);
        s02 = hn::MulAdd(x0, v, s02), s12 = hn::MulAdd(x1, v, s12);
        s22 = hn::MulAdd(x2, v, s22), s32 = hn::MulAdd(x3, v, s32);
        v = hn::LoadU(d, y[3] + k);
        s03 = hn::MulAdd(x0, v, s03), s13 = hn::MulAdd(x1, v, s13);
        s23 = hn::MulAdd(x2, v, s23), s33 = hn::MulAdd(x3, v, s33);
      }
      const Vec sums[kSide][kSide] = {
          {s00, s01, s02, s03}, {s10, s11, s12, s13}, {s20, s21, s22, s23}, {s30, s31, s32, s33}};
      for (int64_t i = 0; i < std::min(kSide, c.rows - i0); ++i) {
        for (int64_t j = 0; j < std::min(kSide, c.cols - j0); ++j) {
          double sum = hn::GetLane(hn::SumOfLanes(d, sums[i][j]));
          for (int64_t k = vector_end; k < a.cols; ++k) {
            sum += static_cast<double>(x[i][k]) * y[j][k];
          }
          c.row(i0 + i)[j0 + j] = sum;
        }
      }
    }
  }
}

/// a [R][4], b [R][kTileColumns], both packed -> out [4][kTileColumns]
void Tile(const double* HWY_RESTRICT a, const double* HWY_RESTRICT b, int64_t rows,
          double* HWY_RESTRICT out) {
  const Tag d;
  Vec s00 = hn::Zero(d), s01 = s00, s02 = s00, s10 = s00, s11 = s00, s12 = s00;
  Vec s20 = s00, s21 = s00, s22 = s00, s30 = s00, s31 = s00, s32 = s00;
  for (int64_t r = 0; r < rows; ++r, a += kTileRows, b += kTileColumns) {
    const Vec b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + kLanes);
    const Vec b2 = hn::LoadU(d, b + 2 * kLanes);
    Vec v = hn::Set(d, a[0]);
    s00 = hn::MulAdd(v, b0, s00), s01 = hn::MulAdd(v, b1, s01), s02 = hn::MulAdd(v, b2, s02);
    v = hn::Set(d, a[1]);
    s10 = hn::MulAdd(v, b0, s10), s11 = hn::MulAdd(v, b1, s11), s12 = hn::MulAdd(v, b2, s12);
    v = hn::Set(d, a[2]);
    s20 = hn::MulAdd(v, b0, s20), s21 = hn::MulAdd(v, b1, s21), s22 = hn::MulAdd(v, b2, s22);
    v = hn::Set(d, a[3]);
    s30 = hn::MulAdd(v, b0, s30), s31 = hn::MulAdd(v, b1, s31), s32 = hn::MulAdd(v, b2, s32);
  }
  const Vec sums[kTileRows][kTileVectors] = {
      {s00, s01, s02}, {s10, s11, s12}, {s20, s21, s22}, {s30, s31, s32}};
  for (int64_t i = 0; i < kTileRows; ++i) {
    for (int64_t v = 0; v < kTileVectors; ++v) {
      hn::StoreU(sums[i][v], d, out + i * kTileColumns + v * kLanes);
    }
  }
}

template <class T>
void AddTransposed(MatrixView<const double> a, MatrixView<const T> b, MatrixView<double> c,
                   ProductPart part) {
  const int64_t rows = a.rows;
  const int64_t tiles = (c.rows + kTileRows - 1) / kTileRows;
  AlignedVector<double> left(static_cast<size_t>(tiles * rows * kTileRows));
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t wide = std::min(kTileRows, c.rows - t * kTileRows);
    double* to = left.data() + t * rows * kTileRows;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t i = 0; i < wide; ++i) to[r * kTileRows + i] = a.row(r)[t * kTileRows + i];
    }
  }
  AlignedVector<double> right(static_cast<size_t>(rows * kTileColumns));
  AlignedVector<double> out(static_cast<size_t>(kTileRows * kTileColumns));
  for (int64_t j0 = 0; j0 < c.cols; j0 += kTileColumns) {
    const int64_t wide = std::min(kTileColumns, c.cols - j0);
    if (wide < kTileColumns) std::fill(right.begin(), right.end(), 0.0);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t j = 0; j < wide; ++j) {
        right[static_cast<size_t>(r * kTileColumns + j)] = static_cast<double>(b.row(r)[j0 + j]);
      }
    }
    for (int64_t t = 0; t < tiles; ++t) {
      if (part == ProductPart::upper && t * kTileRows >= j0 + wide) break;
      Tile(left.data() + t * rows * kTileRows, right.data(), rows, out.data());
      for (int64_t i = 0; i < std::min(kTileRows, c.rows - t * kTileRows); ++i) {
        double* to = c.row(t * kTileRows + i) + j0;
        for (int64_t j = 0; j < wide; ++j) to[j] += out[static_cast<size_t>(i * kTileColumns + j)];
      }
    }
  }
}

void DotsF32(MatrixView<const float> a, MatrixView<const double> b, MatrixView<double> c) {
  Dots(a, b, c);
}
void DotsF64(MatrixView<const double> a, MatrixView<const double> b, MatrixView<double> c) {
  Dots(a, b, c);
}
void AddTransposedF32(MatrixView<const double> a, MatrixView<const float> b, MatrixView<double> c,
                      ProductPart part) {
  AddTransposed(a, b, c, part);
}
void AddTransposedF64(MatrixView<const double> a, MatrixView<const double> b, MatrixView<double> c,
                      ProductPart part) {
  AddTransposed(a, b, c, part);
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

#define PUENTE_EXPORT(T, SUFFIX)                                                 \
  HWY_EXPORT(Dots##SUFFIX);                                                      \
  HWY_EXPORT(AddTransposed##SUFFIX);                                             \
  template <>                                                                    \
  void multiply_by_transposed(MatrixView<const T> a, MatrixView<const double> b, \
                              MatrixView<double> c) {                            \
    PUENTE_ASSERT(a.cols == b.cols && c.rows == a.rows && c.cols == b.rows);     \
    HWY_DYNAMIC_DISPATCH(Dots##SUFFIX)(a, b, c);                                 \
  }                                                                              \
  template <>                                                                    \
  void add_transposed_product(MatrixView<const double> a, MatrixView<const T> b, \
                              MatrixView<double> c, ProductPart part) {          \
    PUENTE_ASSERT(a.rows == b.rows && c.rows == a.cols && c.cols == b.cols);     \
    HWY_DYNAMIC_DISPATCH(AddTransposed##SUFFIX)(a, b, c, part);                  \
  }
PUENTE_EXPORT(float, F32)
PUENTE_EXPORT(double, F64)
#undef PUENTE_EXPORT

BasicMatrix<double> upper_gram(MatrixView<const double> x) {
  BasicMatrix<double> gram(x.cols, x.cols);
  for (int64_t first = 0; first < x.rows; first += kProductRows) {
    check_interrupt();
    const MatrixView<const double> rows = {x.row(first), std::min(kProductRows, x.rows - first),
                                           x.cols, x.stride};
    add_transposed_product(rows, rows, gram.view(), ProductPart::upper);
  }
  return gram;
}

}  // namespace puente
#endif  // HWY_ONCE
