#include "encoders/position_grid.h"

#include <gtest/gtest.h>
#include <string>

#include "formats/json.h"
#include "support/files.h"

namespace puente {
namespace {

GridResize how_of(const std::string& name) {
  return name == "plain"    ? GridResize::plain
         : name == "offset" ? GridResize::offset
                            : GridResize::antialias;
}

TEST(PositionGrid, IsResizedAsPyTorchDoes) {
  const Json cases = read_json(test::golden("position_grid.json"));
  ASSERT_EQ(cases.size(), 12u);
  for (const Json& c : cases) {
    SCOPED_TRACE(c["how"].get<std::string>() + " " + c["from"].dump() + " to " + c["to"].dump());
    const int64_t from = c["from"], to = c["to"], channels = c["channels"];
    Matrix positions(from * from, channels);
    for (int64_t i = 0; i < positions.size(); ++i) {
      positions.data()[i] = c["in"][static_cast<size_t>(i)].get<float>();
    }
    const Matrix got = resize_grid(positions, from, to, how_of(c["how"]));
    ASSERT_EQ(got.rows(), to * to);
    for (int64_t i = 0; i < got.size(); ++i) {
      // PyTorch rounds a coordinate to float: up to 37 * 6e-8, times slopes of a few.
      EXPECT_NEAR(got.data()[i], c["out"][static_cast<size_t>(i)].get<double>(), 1.5e-5) << i;
    }
  }
}

TEST(PositionGrid, TheSameGridComesBackAsItIs) {
  Matrix positions(9, 2);
  for (int64_t i = 0; i < 18; ++i) positions.data()[i] = static_cast<float>(i) / 7;
  for (const GridResize how : {GridResize::plain, GridResize::offset, GridResize::antialias}) {
    EXPECT_EQ(resize_grid(positions, 3, 3, how), positions);
  }
}

}  // namespace
}  // namespace puente
