#include "base/atomic_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_status.h"

namespace puente {
namespace {
constexpr size_t kBufferSize = 1 << 20;
}

AtomicFile::AtomicFile(const std::filesystem::path& target) : target_(target) {
  const std::string text = target.string();
  if (text.empty() || is_folder(target)) {
    fail("{}: is a folder; give the name of a file to write", text.empty() ? "''" : text);
  }
  const std::filesystem::path folder =
      target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
  if (!is_folder(folder)) {
    fail("{}: cannot be written: there is no folder {}", text, folder.string());
  }
  temporary_ = folder / fmt::format(".{}.{}.part", target.filename().string(), ::getpid());
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd_ < 0) fail("{}: cannot be written: {}", text, std::strerror(errno));
  buffer_.reserve(kBufferSize);
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) {
    ::close(fd_);
    ::unlink(temporary_.c_str());
  }
}

void AtomicFile::write(std::string_view text) {
  if (buffer_.size() + text.size() > kBufferSize) flush();
  buffer_.insert(buffer_.end(), text.begin(), text.end());
  if (buffer_.size() > kBufferSize) flush();
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  // Large blocks go out in pieces, so that the buffer never grows beyond twice its size.
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty()) {
    write(text.substr(0, kBufferSize));
    text.remove_prefix(std::min(text.size(), kBufferSize));
  }
}

void AtomicFile::flush() {
  const char* next = buffer_.data();
  size_t left = buffer_.size();
  while (left > 0) {
    const ssize_t written = ::write(fd_, next, left);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("{}: cannot be written: {}; nothing was left behind", target_.string(),
           std::strerror(errno));
    }
    next += written;
    left -= static_cast<size_t>(written);
  }
  buffer_.clear();
}

void AtomicFile::finish() {
  flush();
  if (::fsync(fd_) != 0 && errno != EINVAL) {
    fail("{}: cannot be written: {}; nothing was left behind", target_.string(),
         std::strerror(errno));
  }
}

void AtomicFile::commit() {
  finish();
  const int closed = ::close(fd_);
  fd_ = -1;
  if (closed != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    fail("{}: cannot be written: {}", target_.string(), std::strerror(error));
  }
}

void write_file(const std::filesystem::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

void make_output_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !is_folder(folder)) {
    fail("{}: cannot be made as a folder for the results: {}", folder.string(),
         error ? error.message() : "a file of that name is in the way");
  }
  AtomicFile probe(folder / "probe");
}

}  // namespace puente
