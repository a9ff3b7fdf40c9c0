#include "base/base64.h"

#include <array>
#include <cstdint>

namespace puente {
namespace {

constexpr std::string_view kBase64Signs =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNoSign = 0xff;

constexpr std::array<uint8_t, 256> kSignValues = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kNoSign);
  for (size_t i = 0; i < kBase64Signs.size(); ++i) {
    values[static_cast<unsigned char>(kBase64Signs[i])] = static_cast<uint8_t>(i);
  }
  return values;
}();

uint8_t sign_value(char c) { return kSignValues[static_cast<unsigned char>(c)]; }

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes(text.size() * 3 / 4, '\0');
  size_t out = 0, i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const uint8_t a = sign_value(text[i]), b = sign_value(text[i + 1]), c = sign_value(text[i + 2]),
                  d = sign_value(text[i + 3]);
    if ((a | b | c | d) & 0xc0) return std::nullopt;
    bytes[out++] = static_cast<char>(a << 2 | b >> 4);
    bytes[out++] = static_cast<char>(b << 4 | c >> 2);
    bytes[out++] = static_cast<char>(c << 6 | d);
  }
  if (padding == 0) return bytes;
  const uint8_t a = sign_value(text[i]), b = sign_value(text[i + 1]);
  const uint8_t c = padding == 1 ? sign_value(text[i + 2]) : uint8_t{0};
  if ((a | b | c) & 0xc0) return std::nullopt;
  if (padding == 2 ? (b & 0x0f) != 0 : (c & 0x03) != 0) return std::nullopt;
  bytes[out++] = static_cast<char>(a << 2 | b >> 4);
  if (padding == 1) bytes[out++] = static_cast<char>(b << 4 | c >> 2);
  return bytes;
}

std::string to_base64(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](size_t j) {
      return i + j < bytes.size() ? std::to_integer<uint32_t>(bytes[i + j]) : 0u;
    };
    const uint32_t three = at(0) << 16 | at(1) << 8 | at(2);
    for (size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size() ? '=' : kBase64Signs[three >> (18 - 6 * j) & 63];
    }
  }
  return text;
}

}  // namespace puente
