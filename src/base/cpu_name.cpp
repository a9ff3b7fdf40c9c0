#include "base/cpu_name.h"

#include <fstream>

namespace puente {

std::string cpu_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t at = line.find_first_not_of(" \t", line.find(':') + 1);
    if (line.find(':') != std::string::npos && at != std::string::npos) return line.substr(at);
  }
  return "unknown processor";
}

}  // namespace puente
