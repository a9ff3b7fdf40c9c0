// Text without the blanks around it.
#pragma once

#include <string_view>

namespace puente {

/// Without spaces, tabs, line ends and page ends before and after it.
std::string_view trimmed(std::string_view text);

}  // namespace puente
