#include "embed/spill.h"

#include "support/files.h"

namespace puente {
namespace {

TEST(Spill, GivesBackRowsWrittenInAnyOrder) {
  test::TemporaryFolder folder;
  Spill spill(folder.path(), 5, 3);
  Matrix two(2, 3), three(3, 3);
  for (int64_t i = 0; i < two.size(); ++i) two.data()[i] = static_cast<float>(100 + i);
  for (int64_t i = 0; i < three.size(); ++i) three.data()[i] = static_cast<float>(i);
  spill.write(3, two);
  spill.write(0, three);
  EXPECT_EQ(spill.row(4)[2], 105);
  EXPECT_EQ(spill.row(0)[1], 1);
  EXPECT_EQ(spill.row(3)[0], 100);
}

TEST(Spill, HasNoNameOnDisk) {
  test::TemporaryFolder folder;
  Spill spill(folder.path(), 1, 3);
  spill.write(0, Matrix(1, 3));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Spill, FolderThatIsNotThereIsTheUsersError) {
  test::TemporaryFolder folder;
  test::expect_user_error([&] { Spill spill(folder / "no", 1, 3); }, "cannot be written to");
}

}  // namespace
}  // namespace puente
