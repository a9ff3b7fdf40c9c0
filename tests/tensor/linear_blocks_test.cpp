// PackedLinear with weights in blocks: that every way through it reaches the block product.
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "puente/error.h"

#include "random_matrix.h"
#include "support/targets.h"
#include "tensor/linear.h"
#include "tensor/multiply_blocks.h"

namespace puente {
namespace {

using test::random_matrix;

TEST(LinearBlocks, EveryWayThroughGivesTheBlockProduct) {
  const Matrix w = random_matrix(40, 96, 1), x = random_matrix(130, 96, 2);
  const Matrix bias = random_matrix(1, 48, 3);
  BlockMatrix b(96, 40);
  b.set_columns(0, w);
  PackedLinear linear(96, 40, Packing::int8_blocks);
  linear.set_weight(0, w);
  linear.set_bias(0, {bias.data(), 40});
  EXPECT_EQ(linear.packing(), Packing::int8_blocks);
  EXPECT_EQ(linear.precision(), Precision::int8);
  EXPECT_GT(linear.bytes(), 40 * 96);
  std::vector<float> padded(bias.data(), bias.data() + 48);
  std::fill(padded.begin() + 40, padded.end(), 0.0f);

  test::on_every_target([&] {
    BlockRows rows;
    rows.set({x.data(), 20, 96, 96});
    Matrix expected(20, 40), expected_sum(20, 40);
    multiply(rows, b, {padded.data(), Activation::relu, false}, expected.view());
    for (int64_t i = 0; i < expected_sum.size(); ++i) expected_sum.data()[i] = 5;
    multiply(rows, b, {padded.data(), Activation::none, true}, expected_sum.view());

    Operand operand;
    operand.set({x.data(), 20, 96, 96}, Packing::int8_blocks);
    EXPECT_EQ(operand.rows(), 20);
    Matrix y(20, 40);
    linear.forward(operand, Activation::relu, y.view());
    EXPECT_EQ(y, expected);
    for (int64_t i = 0; i < y.size(); ++i) y.data()[i] = 5;
    linear.forward_add(operand, y.view());
    EXPECT_EQ(y, expected_sum);

    Matrix all(130, 40);
    linear.forward(x, Activation::relu, all.view(), operand);
    EXPECT_EQ(std::memcmp(all.data(), expected.data(), 20 * 40 * sizeof(float)), 0);
  });
}

TEST(LinearBlocks, AResultIsTheNextLayersOperand) {
  PackedLinear first(64, 33, Packing::int8_blocks), second(33, 8, Packing::int8_blocks);
  first.set_weight(0, random_matrix(33, 64, 1));
  second.set_weight(0, random_matrix(8, 33, 2));
  Operand x, hidden, again;
  x.set(random_matrix(6, 64, 3), Packing::int8_blocks);
  AlignedVector<float> floats;
  first.forward(x, Activation::silu, hidden, floats);
  Matrix y(6, 8), middle(6, 33), expected(6, 8);
  second.forward(hidden, Activation::none, y.view());
  first.forward(x, Activation::silu, middle.view());
  again.set(middle, Packing::int8_blocks);
  second.forward(again, Activation::none, expected.view());
  EXPECT_EQ(y, expected);
}

TEST(LinearBlocks, TakesQuantisedRowsInPieces) {
  const Matrix w = random_matrix(20, 64, 1);
  BlockMatrix b(64, 20);
  b.set_columns(0, w);
  BasicMatrix<int8_t> quants(20, 64);
  Matrix scales(20, 2);
  for (int64_t n = 0; n < 20; ++n) {
    for (int64_t k = 0; k < 64; ++k) quants(n, k) = b.quant(k, n);
    for (int64_t block = 0; block < 2; ++block) scales(n, block) = b.scale(block * 32, n);
  }
  PackedLinear whole(64, 20, Packing::int8_blocks), pieces(64, 20, Packing::int8_blocks);
  whole.set_weight(0, w);
  pieces.set_quantised(0, {quants.data(), 7, 64, 64}, {scales.data(), 7, 2, 2});
  pieces.set_quantised(7, {quants.row(7), 13, 64, 64}, {scales.row(7), 13, 2, 2});
  Operand operand;
  operand.set(random_matrix(3, 64, 2), Packing::int8_blocks);
  Matrix expected(3, 20), y(3, 20);
  whole.forward(operand, Activation::none, expected.view());
  pieces.forward(operand, Activation::none, y.view());
  EXPECT_EQ(y, expected);

  PackedLinear floats(64, 20);
  EXPECT_THROW(floats.set_quantised(0, quants.view(), scales.view()), InternalError);
  EXPECT_THROW(floats.forward(operand, Activation::none, y.view()), InternalError);
}

TEST(LinearBlocks, RowsAreNearlyAsGoodAsFloats) {
  test::on_every_target([] {
    const Matrix w = random_matrix(50, 100, 1);
    PackedLinear blocks(100, 50, Packing::int8_blocks), floats(100, 50);
    blocks.set_weight(0, w);
    // The same weights, rounded as they are in blocks.
    BlockMatrix b(100, 50);
    b.set_columns(0, w);
    Matrix rounded(50, 100);
    for (int64_t n = 0; n < 50; ++n) {
      for (int64_t k = 0; k < 100; ++k) rounded(n, k) = b.value(k, n);
    }
    floats.set_weight(0, rounded);
    const Matrix x = random_matrix(9, 100, 2, 3);
    Operand operand;
    operand.set(x, Packing::fp32);
    Matrix expected(9, 50), y(9, 50);
    floats.forward(operand, Activation::none, expected.view());
    operand.set(x, Packing::int8_blocks);
    blocks.forward(operand, Activation::none, y.view());
    // Half a step of 15 bits of every number of a row, if all were off in one direction.
    for (int64_t i = 0; i < 9; ++i) {
      for (int64_t n = 0; n < 50; ++n) {
        double most = 1e-4;
        for (int64_t k = 0; k < 100; ++k) most += std::abs(rounded(n, k)) * 3.0 / 32767 / 2;
        EXPECT_NEAR(y(i, n), expected(i, n), most);
      }
    }
  });
}

}  // namespace
}  // namespace puente
