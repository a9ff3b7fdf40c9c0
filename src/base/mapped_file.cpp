#include "base/mapped_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/error.h"

namespace puente {
namespace {

std::array<int64_t, 4> identity_of(const struct stat& info) {
  return {static_cast<int64_t>(info.st_dev), static_cast<int64_t>(info.st_ino),
          static_cast<int64_t>(info.st_mtim.tv_sec), static_cast<int64_t>(info.st_mtim.tv_nsec)};
}

/// The pages that `part` touches, or only those that lie in it whole.
struct Pages {
  void* begin;
  size_t size;
};

Pages pages_of(std::span<const std::byte> part, bool touched) {
  static const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(part.data());
  const auto end = begin + part.size();
  const uintptr_t first = (touched ? begin : begin + page - 1) / page * page;
  const uintptr_t last = (touched ? end + page - 1 : end) / page * page;
  return {reinterpret_cast<void*>(first), last > first ? last - first : 0};
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) fail("{}: no such file", path.string());
    fail("{}: cannot be read: {}", path.string(), std::strerror(errno));
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    ::close(fd);
    fail("{}: is a folder, not a file", path.string());
  }
  size_ = static_cast<size_t>(info.st_size);
  identity_ = identity_of(info);
  if (size_ > 0) {
    void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) {
      const int error = errno;
      ::close(fd);
      fail("{}: cannot be mapped: {}", path.string(), std::strerror(error));
    }
    data_ = static_cast<const std::byte*>(address);
  }
  ::close(fd);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      identity_(other.identity_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(identity_, other.identity_);
  return *this;
}

void MappedFile::release(std::span<const std::byte> part) const {
  const Pages pages = pages_of(part, false);
  if (pages.size > 0) ::madvise(pages.begin, pages.size, MADV_DONTNEED);
}

void MappedFile::fetch(std::span<const std::byte> part) const {
  const Pages pages = pages_of(part, true);
  if (pages.size > 0) ::madvise(pages.begin, pages.size, MADV_WILLNEED);
}

void MappedFile::check_unchanged() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) == 0 && identity_of(info) == identity_ &&
      static_cast<size_t>(info.st_size) == size_) {
    return;
  }
  fail("{}: was changed while it was being read; start again", path_.string());
}

void MappedFile::advise_sequential() const {
  if (data_ != nullptr) ::madvise(const_cast<std::byte*>(data_), size_, MADV_SEQUENTIAL);
}

}  // namespace puente
