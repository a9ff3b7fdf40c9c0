#include "data/class_order.h"

#include "support/files.h"

namespace puente {
namespace {

using Names = std::vector<std::string>;
using Places = std::vector<int32_t>;

TEST(ClassOrder, OfNumbersIsTheirSize) {
  EXPECT_EQ(class_order({"0", "1", "2"}, {}, "grade").place, (Places{0, 1, 2}));
  // Sorted by bytes, as labels are that are not all whole numbers.
  EXPECT_EQ(class_order({"-1", "0.5", "1e1", "2.5"}, {}, "grade").place, (Places{0, 1, 3, 2}));
}

TEST(ClassOrder, NamedLowestFirst) {
  const Names classes = {"mild", "moderate", "none", "severe"};
  const Names order = {"none", "mild", "moderate", "severe"};
  const ClassOrder named = class_order(classes, order, "grade");
  EXPECT_EQ(named.place, (Places{1, 2, 0, 3}));
  EXPECT_EQ(in_order(classes, named), order);
  EXPECT_EQ(class_order({"1", "2"}, {"2", "1"}, "grade").place, (Places{1, 0}));
}

TEST(ClassOrder, OneThatDoesNotFitTheClassesIsRefused) {
  const auto refused = [](const Names& classes, const Names& order, const char* message) {
    test::expect_user_error([&] { class_order(classes, order, "grade"); }, message);
  };
  refused({"1", "mild"}, {}, "the classes of column 'grade' (1, mild) are not all numbers");
  refused({"1", "nan"}, {}, "are not all numbers");
  refused({"01", "1", "2"}, {}, "'01' and '1' of column 'grade' are one number");
  refused({"a", "b"}, {"a"}, "the class 'b' of column 'grade' is not in a;");
  refused({"a", "b"}, {"a", "b", "c"}, "'c' is none of the classes of column 'grade' (a, b)");
  refused({"a", "b"}, {"a", "b", "a"}, "names the class 'a' twice");
  refused({"a", "b"}, {"a", "", "b"}, "'' is none of the classes");
}

}  // namespace
}  // namespace puente
