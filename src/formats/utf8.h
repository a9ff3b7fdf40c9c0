// UTF-8: where text stops being it.
#pragma once

#include <cstddef>
#include <string_view>

namespace puente {

/// Offset of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7: no
/// overlong forms, no surrogates, nothing above U+10FFFF); text.size() if there is none.
size_t valid_utf8_prefix(std::string_view text);

}  // namespace puente
