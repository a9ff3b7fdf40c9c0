#include "formats/dequantise.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "formats/tensor_info.h"

namespace puente {
namespace {

static_assert(std::endian::native == std::endian::little, "blocks are stored little-endian");

uint16_t u16_at(const uint8_t* from) {
  uint16_t bits;
  std::memcpy(&bits, from, sizeof bits);
  return bits;
}

float half_at(const uint8_t* from) { return half_to_float(u16_at(from)); }
int signed_at(const uint8_t* from) { return static_cast<int8_t>(*from); }

void f32(const uint8_t* block, float* out) { std::memcpy(out, block, sizeof *out); }
void f16(const uint8_t* block, float* out) { *out = half_at(block); }
void bf16(const uint8_t* block, float* out) { *out = bfloat16_to_float(u16_at(block)); }

void q8_0(const uint8_t* block, float* out) {
  const float d = half_at(block);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(signed_at(block + 2 + i));
}

void q4_0(const uint8_t* block, float* out) {
  const float d = half_at(block);
  const uint8_t* q = block + 2;
  for (int i = 0; i < 16; ++i) {
    out[i] = d * static_cast<float>((q[i] & 15) - 8);
    out[i + 16] = d * static_cast<float>((q[i] >> 4) - 8);
  }
}

struct ScaleAndMin {
  int s, m;
};

/// Pair j of the 12 bytes of Q4_K and Q5_K.
ScaleAndMin scale_and_min(const uint8_t* packed, int j) {
  if (j < 4) return {packed[j] & 63, packed[j + 4] & 63};
  return {(packed[j + 4] & 15) | (packed[j - 4] >> 6 << 4),
          (packed[j + 4] >> 4) | (packed[j] >> 6 << 4)};
}

/// Q4_K and, where there are `fifth` bits, Q5_K.
void q4_or_q5_k(const uint8_t* block, const uint8_t* fifth, const uint8_t* quants, float* out) {
  const float d = half_at(block), dmin = half_at(block + 2);
  for (int j = 0; j < 8; ++j) {
    const auto [s, m] = scale_and_min(block + 4, j);
    const float scale = d * static_cast<float>(s), min = dmin * static_cast<float>(m);
    const uint8_t* group = quants + 32 * (j / 2);
    for (int i = 0; i < 32; ++i) {
      const int low = j % 2 == 0 ? group[i] & 15 : group[i] >> 4;
      const int high = fifth != nullptr ? (fifth[i] >> j & 1) << 4 : 0;
      out[32 * j + i] = scale * static_cast<float>(low | high) - min;
    }
  }
}

void q4_k(const uint8_t* block, float* out) { q4_or_q5_k(block, nullptr, block + 16, out); }
void q5_k(const uint8_t* block, float* out) { q4_or_q5_k(block, block + 16, block + 48, out); }

void q6_k(const uint8_t* block, float* out) {
  const uint8_t *low = block, *high = block + 128, *scales = block + 192;
  const float d = half_at(block + 208);
  for (int w = 0; w < 256; ++w) {
    const int half = w / 128, in_half = w % 128;
    const uint8_t low_byte = low[64 * half + in_half % 64];
    const int low_bits = in_half < 64 ? low_byte & 15 : low_byte >> 4;
    const int high_bits = high[32 * half + w % 32] >> (2 * (in_half / 32)) & 3;
    const float scale = d * static_cast<float>(signed_at(scales + w / 16));
    out[w] = scale * static_cast<float>((low_bits | high_bits << 4) - 32);
  }
}

using Block = void (*)(const uint8_t* block, float* out);

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
    case GgmlType::kQ4_K:
      return q4_k;
    case GgmlType::kQ5_K:
      return q5_k;
    case GgmlType::kQ6_K:
      return q6_k;
  }
  PUENTE_ASSERT(false);
  return nullptr;
}

}  // namespace

void dequantise(GgmlType type, std::span<const std::byte> blocks, std::span<float> out) {
  const auto bytes = static_cast<size_t>(block_bytes(type));
  const auto weights = static_cast<size_t>(block_size(type));
  PUENTE_ASSERT(blocks.size() % bytes == 0 && out.size() == blocks.size() / bytes * weights);
  const Block block = of_type(type);
  const auto* from = reinterpret_cast<const uint8_t*>(blocks.data());
  for (size_t i = 0; i < out.size(); i += weights, from += bytes) block(from, out.data() + i);
}

}  // namespace puente
