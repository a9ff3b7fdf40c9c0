// Base64 (RFC 4648, section 4): bytes as text, for JSON and data URLs.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace puente {

/// With '=' at the end, without line breaks.
std::string to_base64(std::span<const std::byte> bytes);

/// The bytes. Nothing for what to_base64() does not write: other signs, blanks, missing '=', bits
/// that no byte has.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace puente
