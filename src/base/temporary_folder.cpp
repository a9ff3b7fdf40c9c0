#include "base/temporary_folder.h"

#include <cerrno>
#include <cstring>
#include <stdlib.h>
#include <string>
#include <system_error>

#include "base/error.h"

namespace puente {

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) fail("no folder for temporary files ({}); set TMPDIR", error.message());
  std::string name = (parent / "puente_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    fail("{}: no folder can be made in it: {}; set TMPDIR", parent.string(), std::strerror(errno));
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace puente
