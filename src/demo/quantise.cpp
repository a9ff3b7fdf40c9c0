#include "demo/quantise.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "demo/narrow.h"

namespace puente {
namespace {

float inverse(float d) { return d != 0 ? 1 / d : 0; }

void store_half(float value, uint8_t* to) {
  const uint16_t half = float_to_half(value);
  std::memcpy(to, &half, sizeof half);
}

void f32(const float* values, uint8_t* block) { std::memcpy(block, values, sizeof *values); }
void f16(const float* values, uint8_t* block) { store_half(*values, block); }
void bf16(const float* values, uint8_t* block) {
  const uint16_t narrow = float_to_bfloat16(*values);
  std::memcpy(block, &narrow, sizeof narrow);
}

void q8_0(const float* values, uint8_t* block) {
  float largest = 0;
  for (int i = 0; i < 32; ++i) largest = std::max(largest, std::abs(values[i]));
  const float d = largest / 127, scale = inverse(d);
  store_half(d, block);
  for (int i = 0; i < 32; ++i) {
    block[2 + i] = static_cast<uint8_t>(static_cast<int8_t>(std::round(values[i] * scale)));
  }
}

void q4_0(const float* values, uint8_t* block) {
  const float* const largest = std::max_element(
      values, values + 32, [](float a, float b) { return std::abs(a) < std::abs(b); });
  const float d = *largest / -8, scale = inverse(d);
  store_half(d, block);
  const auto q = [&](float v) {
    return static_cast<uint8_t>(std::min(15, static_cast<int>(v * scale + 8.5f)));
  };
  for (int i = 0; i < 16; ++i) {
    block[2 + i] = static_cast<uint8_t>(q(values[i]) | q(values[i + 16]) << 4);
  }
}

using Block = void (*)(const float* values, uint8_t* block);

Block of_type(GgmlType type) {
  switch (type) {
    case GgmlType::kF32:
      return f32;
    case GgmlType::kF16:
      return f16;
    case GgmlType::kBF16:
      return bf16;
    case GgmlType::kQ8_0:
      return q8_0;
    case GgmlType::kQ4_0:
      return q4_0;
    default:
      PUENTE_ASSERT(!"a type that nothing here writes");
      return nullptr;
  }
}

}  // namespace

void quantise(GgmlType type, std::span<const float> values, std::span<std::byte> blocks) {
  const auto bytes = static_cast<size_t>(block_bytes(type));
  const auto weights = static_cast<size_t>(block_size(type));
  PUENTE_ASSERT(values.size() % weights == 0 && blocks.size() == values.size() / weights * bytes);
  const Block block = of_type(type);
  auto* to = reinterpret_cast<uint8_t*>(blocks.data());
  for (size_t i = 0; i < values.size(); i += weights, to += bytes) block(values.data() + i, to);
}

}  // namespace puente
