// What the processor calls itself, for reports and to tell one machine's measurements from
// another's.
#pragma once

#include <string>

namespace puente {

/// "AMD EPYC 7763 64-Core Processor"; "unknown processor" where the system does not say.
std::string cpu_name();

}  // namespace puente
