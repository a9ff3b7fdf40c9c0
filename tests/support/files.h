// Test files: a temporary folder of the test's own, golden numbers, and the shared real data.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <string_view>
#include <unistd.h>

#include "support/source_folder.h"

namespace puente::test {

/// A fresh folder, removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "puente_test_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes a file of that name and returns its path.
  std::filesystem::path file(std::string_view name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// tests/golden/NAME: small reference numbers made by a script in tools/.
inline std::filesystem::path golden(std::string_view name) {
  return source_folder() / "tests/golden" / name;
}

/// Real data lies beside a developer's checkout, never in it. Empty path where it is absent.
inline std::filesystem::path shared_data(std::string_view name) {
  const auto path = source_folder().parent_path() / "shared/data" / name;
  return std::filesystem::exists(path) ? path : std::filesystem::path();
}

/// Expects `statement` to throw UserError whose text contains `part`.
template <class Statement>
void expect_user_error(Statement&& statement, std::string_view part);

}  // namespace puente::test

/// Skips the test, saying so, where the shared data is absent.
#define PUENTE_SHARED_DATA_OR_SKIP(variable, name)                          \
  const std::filesystem::path variable = ::puente::test::shared_data(name); \
  if (variable.empty()) GTEST_SKIP() << "no shared data here: " << (name)

#include "puente/error.h"

template <class Statement>
void puente::test::expect_user_error(Statement&& statement, std::string_view part) {
  try {
    statement();
  } catch (const UserError& error) {
    EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos)
        << "message was: " << error.what();
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    return;
  }
  ADD_FAILURE() << "no UserError; expected one with: " << part;
}
