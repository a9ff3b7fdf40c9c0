// Base64 (RFC 4648, section 4), as data URLs and OpenAI's embeddings have it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace puente::serve {

/// The bytes; nothing where the text is not base64 with its padding: another character, a length
/// that is no multiple of four, bits that no byte has.
std::optional<std::string> from_base64(std::string_view text);
std::string to_base64(std::span<const std::byte> bytes);

}  // namespace puente::serve
