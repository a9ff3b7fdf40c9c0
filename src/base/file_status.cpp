#include "base/file_status.h"

#include "base/error.h"

namespace puente {
namespace {

[[noreturn]] void fail_to_look(const std::filesystem::path& path, const std::error_code& error) {
  fail("{}: cannot be looked at: {}", path.string(), error.message());
}

std::filesystem::file_type type_of(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_type type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::none) fail_to_look(path, error);
  return type;
}

}  // namespace

bool file_exists(const std::filesystem::path& path) {
  return type_of(path) != std::filesystem::file_type::not_found;
}

bool is_file(const std::filesystem::path& path) {
  return type_of(path) == std::filesystem::file_type::regular;
}

bool is_folder(const std::filesystem::path& path) {
  return type_of(path) == std::filesystem::file_type::directory;
}

int64_t file_bytes(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) fail_to_look(path, error);
  return static_cast<int64_t>(size);
}

std::string name_of_folder(const std::filesystem::path& folder) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace puente
