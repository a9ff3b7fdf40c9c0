// UTF-8: where text stops being it, and what else it may be.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace puente {

/// Offset of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7: no
/// overlong forms, no surrogates, nothing above U+10FFFF); text.size() if there is none.
size_t valid_utf8_prefix(std::string_view text);

/// Text of Windows' code page 1252, of which Latin-1 is a part, as UTF-8; nothing where a byte
/// means nothing there.
std::optional<std::string> windows_1252_to_utf8(std::string_view text);

/// That, where `text` is not UTF-8; nothing where it is, or is neither.
std::optional<std::string> windows_1252_unless_utf8(std::string_view text);

/// Without the byte order mark that Windows puts first.
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace puente
