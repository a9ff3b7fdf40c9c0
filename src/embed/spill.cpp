#include "embed/spill.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "base/error.h"

namespace puente {
Spill::Spill(const std::filesystem::path& folder, int64_t rows, int64_t dim)
    : rows_(rows),
      dim_(dim),
      folder_(folder.empty() ? "." : folder),
      row_(static_cast<size_t>(dim)) {
  std::string name = (folder_ / ".puente-vectors-XXXXXX").string();
  fd_ = ::mkstemp(name.data());
  if (fd_ < 0) fail("{}: cannot be written to: {}", folder_.string(), std::strerror(errno));
  ::unlink(name.c_str());
}

Spill::~Spill() {
  if (fd_ >= 0) ::close(fd_);
}

void Spill::write(int64_t first, MatrixView<const float> vectors) {
  PUENTE_ASSERT(vectors.cols == dim_ && vectors.stride == dim_);
  PUENTE_ASSERT(first >= 0 && first + vectors.rows <= rows_);
  const char* next = reinterpret_cast<const char*>(vectors.data);
  auto left = static_cast<size_t>(vectors.rows * dim_) * sizeof(float);
  auto offset = static_cast<off_t>(first * dim_) * static_cast<off_t>(sizeof(float));
  while (left > 0) {
    const ssize_t written = ::pwrite(fd_, next, left, offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("{}: the vectors cannot be kept there: {}; nothing was left behind", folder_.string(),
           std::strerror(errno));
    }
    next += written;
    left -= static_cast<size_t>(written);
    offset += written;
  }
}

std::span<const float> Spill::row(int64_t i) {
  PUENTE_ASSERT(i >= 0 && i < rows_);
  char* next = reinterpret_cast<char*>(row_.data());
  auto left = row_.size() * sizeof(float);
  auto offset = static_cast<off_t>(i * dim_) * static_cast<off_t>(sizeof(float));
  while (left > 0) {
    const ssize_t got = ::pread(fd_, next, left, offset);
    if (got < 0 && errno == EINTR) continue;
    PUENTE_ASSERT(got > 0);  // every row was written before it is read
    next += got;
    left -= static_cast<size_t>(got);
    offset += got;
  }
  return row_;
}

}  // namespace puente
