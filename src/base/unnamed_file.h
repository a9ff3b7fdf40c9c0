// UnnamedFile: bytes that wait on disk and not in memory. The file has no name (it is unlinked as
// soon as it is open), so nothing is left behind whatever happens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace puente {

class UnnamedFile {
 public:
  /// In `folder`, where there must be room for it. `what` is kept there: "the vectors", for
  /// messages. UserError if the folder cannot be written to.
  UnnamedFile(const std::filesystem::path& folder, std::string what);
  ~UnnamedFile();
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;

  /// May be called by several threads. UserError if the disk is full.
  void write(int64_t offset, std::span<const std::byte> bytes) const;
  /// Bytes that were written before. May be called by several threads.
  void read(int64_t offset, std::span<std::byte> bytes) const;

 private:
  std::filesystem::path folder_;
  std::string what_;
  int fd_ = -1;
};

}  // namespace puente
