#include "base/unnamed_file.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>
#include <utility>

#include "base/error.h"

namespace puente {

UnnamedFile::UnnamedFile(const std::filesystem::path& folder, std::string what)
    : folder_(folder.empty() ? "." : folder), what_(std::move(what)) {
  std::string name = (folder_ / ".puente-XXXXXX").string();
  fd_ = ::mkstemp(name.data());
  if (fd_ < 0) fail("{}: cannot be written to: {}", folder_.string(), std::strerror(errno));
  ::unlink(name.c_str());
}

UnnamedFile::~UnnamedFile() { ::close(fd_); }

void UnnamedFile::write(int64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("{}: {} cannot be kept there: {}; nothing was left behind", folder_.string(), what_,
           std::strerror(errno));
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
    offset += written;
  }
}

void UnnamedFile::read(int64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t got = ::pread(fd_, bytes.data(), bytes.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    PUENTE_ASSERT(got > 0);  // all was written before it is read
    bytes = bytes.subspan(static_cast<size_t>(got));
    offset += got;
  }
}

}  // namespace puente
