#include "base/temporary_folder.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "support/files.h"

namespace puente {
namespace {

TEST(TemporaryFolder, GoesWithAllThatIsInIt) {
  std::filesystem::path path;
  {
    const TemporaryFolder folder, other;
    path = folder.path();
    EXPECT_NE(path, other.path());
    std::filesystem::create_directory(path / "inside");
    std::ofstream(path / "inside" / "file") << "text";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TemporaryFolder, NamesAPlaceThatIsNotThere) {
  const char* set = std::getenv("TMPDIR");
  const std::optional<std::string> kept = set ? std::optional<std::string>(set) : std::nullopt;
  ::setenv("TMPDIR", "/no/such/folder", 1);
  test::expect_user_error([] { TemporaryFolder folder; }, "set TMPDIR");
  kept ? ::setenv("TMPDIR", kept->c_str(), 1) : ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace puente
