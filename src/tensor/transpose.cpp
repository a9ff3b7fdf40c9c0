#include "tensor/transpose.h"

#include <algorithm>

#include "base/error.h"

#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace puente {
namespace {

/// So many rows side by side, so that a cache line of the result is written whole while it is at
/// hand.
constexpr int64_t kRowsTogether = 16;

void transpose_few(MatrixView<const float> from, MatrixView<float> to) {
  int64_t first_column = 0, first_row = 0;
#ifdef __SSE__
  first_column = from.cols / 4 * 4;
  first_row = from.rows / 4 * 4;
  for (int64_t c = 0; c < first_column; c += 4) {
    for (int64_t r = 0; r < first_row; r += 4) {
      __m128 a = _mm_loadu_ps(from.row(r) + c), b = _mm_loadu_ps(from.row(r + 1) + c);
      __m128 d = _mm_loadu_ps(from.row(r + 2) + c), e = _mm_loadu_ps(from.row(r + 3) + c);
      _MM_TRANSPOSE4_PS(a, b, d, e);
      _mm_storeu_ps(to.row(c) + r, a);
      _mm_storeu_ps(to.row(c + 1) + r, b);
      _mm_storeu_ps(to.row(c + 2) + r, d);
      _mm_storeu_ps(to.row(c + 3) + r, e);
    }
  }
#endif
  for (int64_t c = 0; c < from.cols; ++c) {
    for (int64_t r = c < first_column ? first_row : 0; r < from.rows; ++r) {
      to.row(c)[r] = from.row(r)[c];
    }
  }
}

}  // namespace

void transpose(MatrixView<const float> from, MatrixView<float> to) {
  PUENTE_ASSERT(from.rows == to.cols && from.cols == to.rows);
  for (int64_t r = 0; r < from.rows; r += kRowsTogether) {
    const int64_t count = std::min(kRowsTogether, from.rows - r);
    transpose_few({from.row(r), count, from.cols, from.stride},
                  {to.data + r, to.rows, count, to.stride});
  }
}

}  // namespace puente
