#include "base/resources.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace puente {
namespace {

/// The number that a small file of the kernel's begins with; `otherwise` where it has none.
int64_t number_in(const std::string& path, int64_t otherwise) {
  std::ifstream file(path);
  int64_t value = 0;
  return file >> value ? value : otherwise;
}

int64_t spare_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  int64_t kilobytes = 0;
  while (file >> key >> kilobytes) {
    if (key == "MemAvailable:") return kilobytes * 1024;
    file.ignore(100, '\n');
  }
  return static_cast<int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE) / 2;
}

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0, resident = 0;
  return file >> size >> resident ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace

int64_t peak_memory_bytes() {
  // The kernel's own line, of this program alone: what getrusage says begins with the size of the
  // program that started this one.
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

int64_t available_memory_bytes() {
  // A group's own limit, as a process inside it sees it: versions 2 and 1.
  const int64_t limit =
      std::min(number_in("/sys/fs/cgroup/memory.max", INT64_MAX),
               number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes", INT64_MAX));
  return std::min(spare_memory(), limit - std::min(limit, resident_bytes()));
}

}  // namespace puente
