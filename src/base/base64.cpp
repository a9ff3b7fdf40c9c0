#include "base/base64.h"

#include <array>
#include <cstdint>

namespace puente {
namespace {

constexpr std::string_view kSigns =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNoSign = 255;

constexpr std::array<uint8_t, 256> values_of_signs() {
  std::array<uint8_t, 256> values{};
  values.fill(kNoSign);
  for (size_t i = 0; i < kSigns.size(); ++i) {
    values[static_cast<unsigned char>(kSigns[i])] = static_cast<uint8_t>(i);
  }
  return values;
}

constexpr std::array<uint8_t, 256> kValues = values_of_signs();

}  // namespace

std::string to_base64(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t j = 0; j < 3; ++j) {
      three = three << 8 | (i + j < bytes.size() ? std::to_integer<uint32_t>(bytes[i + j]) : 0);
    }
    for (size_t j = 0; j < 4; ++j) {
      const bool filled = i + j <= bytes.size();  // j signs hold the first j bytes, at least
      text += filled ? kSigns[three >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    size_t fill = 0;
    if (i + 4 == text.size()) fill = text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
    uint32_t three = 0;
    for (size_t j = 0; j < 4; ++j) {
      const uint8_t value = j < 4 - fill ? kValues[static_cast<unsigned char>(text[i + j])] : 0;
      if (value == kNoSign) return std::nullopt;
      three = three << 6 | value;
    }
    if (fill > 0 && (three & ((1u << 8 * fill) - 1)) != 0) return std::nullopt;
    for (size_t j = 0; j < 3 - fill; ++j) {
      bytes.push_back(static_cast<std::byte>(three >> (16 - 8 * j) & 255));
    }
  }
  return bytes;
}

}  // namespace puente
