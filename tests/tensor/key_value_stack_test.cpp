#include "tensor/key_value_stack.h"

#include <cstring>
#include <gtest/gtest.h>

#include "random_matrix.h"
#include "support/targets.h"
#include "tensor/attention.h"

namespace puente {
namespace {

using test::on_every_target;
using test::random_matrix;

/// The rows one after another.
Matrix joined(const Matrix& a, const Matrix& b) {
  Matrix all(a.rows() + b.rows(), a.cols());
  std::copy_n(a.data(), a.size(), all.data());
  std::copy_n(b.data(), b.size(), all.row(a.rows()));
  return all;
}

MatrixView<const float> part(const Matrix& m, int64_t first, int64_t count) {
  return {m.row(first), count, m.cols(), m.cols()};
}

struct Path {
  Matrix query, key, value;
};

Path random_path(int64_t positions, int64_t size, uint64_t seed) {
  return {random_matrix(positions, size, seed), random_matrix(positions, size, seed + 1, 1.5),
          random_matrix(positions, size, seed + 2)};
}

Matrix by_attention(const Path& path) {
  const Sequence all{0, path.query.rows(), 0, path.query.rows()};
  Matrix out(path.query.rows(), path.query.cols());
  AttentionScratch scratch;
  attention({path.query, path.key, path.value, {&all, 1}, 1, true}, out.view(), scratch);
  return out;
}

void expect_equal(MatrixView<const float> a, MatrixView<const float> b) {
  ASSERT_EQ(a.rows, b.rows);
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t j = 0; j < a.cols; ++j) {
      ASSERT_NEAR(a.row(i)[j], b.row(i)[j], 1e-6) << i << " " << j;
    }
  }
}

TEST(KeyValueStack, gives_what_causal_attention_gives_piece_by_piece) {
  on_every_target([] {
    for (const int64_t size : {8, 20, 64}) {
      const Path path = random_path(130, size, 3);
      const Matrix expected = by_attention(path);
      KeyValueStack stack;
      stack.reset(size, 140);
      Matrix out(130, size);
      for (int64_t first = 0; first < 130;) {
        const int64_t count = std::min<int64_t>(first == 0 ? 70 : 1 + first % 7, 130 - first);
        stack.put(first, part(path.key, first, count), part(path.value, first, count));
        stack.attend(part(path.query, first, count), first, {out.row(first), count, size, size});
        first += count;
      }
      expect_equal(out.view(), expected.view());
    }
  });
}

TEST(KeyValueStack, a_branch_replaces_the_one_before_it) {
  on_every_target([] {
    const Path trunk = random_path(21, 16, 5), left = random_path(40, 16, 8),
               right = random_path(9, 16, 11);
    const Path whole{joined(trunk.query, right.query), joined(trunk.key, right.key),
                     joined(trunk.value, right.value)};
    const Matrix expected = by_attention(whole);
    KeyValueStack stack;
    stack.reset(16, 61);
    Matrix out(9, 16);
    stack.put(0, trunk.key, trunk.value);
    stack.put(21, left.key, left.value);
    stack.put(21, right.key, right.value);
    stack.attend(right.query, 21, out.view());
    expect_equal(out.view(), part(expected, 21, 9));
  });
}

TEST(KeyValueStack, out_may_be_the_queries) {
  Path path = random_path(64, 32, 2);
  const Matrix expected = by_attention(path);
  KeyValueStack stack;
  stack.reset(32, 64);
  stack.put(0, path.key, path.value);
  stack.attend(path.query, 0, path.query.view());
  expect_equal(path.query.view(), expected.view());
}

}  // namespace
}  // namespace puente
