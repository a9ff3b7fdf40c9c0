// TemporaryFolder: a folder of this process's own where the system keeps such things; it goes with
// the object, whatever happens.
#pragma once

#include <filesystem>

namespace puente {

class TemporaryFolder {
 public:
  /// UserError where none can be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace puente
