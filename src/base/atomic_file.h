// AtomicFile: an output that is there whole or not at all. Bytes go to a temporary name beside the
// target; commit() flushes and renames it; without commit() the destructor removes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

class AtomicFile {
 public:
  /// UserError if the folder does not exist or cannot be written to.
  explicit AtomicFile(const std::filesystem::path& target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Buffered; UserError if the disk is full.
  void write(std::string_view text);
  void write(std::span<const std::byte> bytes);
  /// All bytes are on the disk, still under the temporary name. Of several files that belong
  /// together, finish all before the first commit().
  void finish();
  /// finish(), and makes the file visible under its own name.
  void commit();

 private:
  void flush();

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  std::vector<char> buffer_;
  int fd_ = -1;
};

/// The whole of `text` as one file.
void write_file(const std::filesystem::path& target, std::string_view text);

/// Makes `folder` and its parents, and proves that a file can be written there. UserError if not.
void make_output_folder(const std::filesystem::path& folder);

}  // namespace puente
