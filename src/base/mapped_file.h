// MappedFile: a whole file, read-only, as bytes; the kernel brings the pages in when touched.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace puente {

class MappedFile {
 public:
  MappedFile() = default;
  /// UserError if the path does not exist, is a folder, or cannot be read. Empty files map to no
  /// bytes.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  const std::filesystem::path& path() const { return path_; }

  /// Tells the kernel that the pages inside `part` (of bytes()) will not be needed again soon, so
  /// that they stop counting as this process's memory.
  void release(std::span<const std::byte> part) const;
  /// Tells the kernel that the file is read front to back.
  void advise_sequential() const;
  /// Asks the kernel to bring the pages of `part` in, and does not wait for them.
  void fetch(std::span<const std::byte> part) const;
  /// UserError if the file at path() is no longer the one that was mapped, or has been written to.
  void check_unchanged() const;

 private:
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  std::array<int64_t, 4> identity_{};  // device, inode, time of the last change
};

}  // namespace puente
