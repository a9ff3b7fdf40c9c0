#include "data/times.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

std::vector<double> times(std::vector<std::string> values) {
  return times_of({"when", std::move(values)}, "t.csv");
}

TEST(Times, AreNumbersOrDates) {
  EXPECT_EQ(times({"2015", "2016.5", " -3 "}), (std::vector<double>{2015, 2016.5, -3}));
  EXPECT_EQ(times({"1970-01-01", "1970/01/03", "2000-03-01"}),
            (std::vector<double>{0, 2, 11017}));  // date -d 2000-03-01 +%s / 86400
  EXPECT_EQ(times({"1970-01-02T12:00", "1970-01-02 18:00:00.5Z"}),
            (std::vector<double>{1.5, 1.75}));
  EXPECT_EQ(times({"1970-02", "1970-01"}), (std::vector<double>{31, 0}));
  // ISO weeks: 2020-W53 began on Monday, 28 December; 2021-W01 a week later.
  EXPECT_EQ(times({"2021-W01", "2020-W53"}), (std::vector<double>{18631, 18624}));
}

TEST(Times, NameTheRowThatIsNone) {
  test::expect_user_error([] { times({"2020-01-31", ""}); }, "t.csv: row 2, column 'when': ''");
  for (const char* wrong : {"31.01.2020", "2020-13-01", "2020-02-30", "2020-01-01 25:00",
                            "2020-W54", "nan", "inf", "soon", "2020-01-01x"}) {
    test::expect_user_error([&] { times({wrong}); }, "is no time");
  }
  test::expect_user_error(
      [] {
        times({"2020-01-31", "2020"});
      },
      "row 2, column 'when': '2020' is a number, and the rows before it are dates");
}

}  // namespace
}  // namespace puente
