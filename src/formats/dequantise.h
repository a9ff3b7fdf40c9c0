// Blocks of quantised weights back to floats: the plain reference that faster code is tested
// against. Not for the encoders' inner loops.
//
// Blocks as ggml lays them out (ggml-common.h of github.com/ggml-org/ggml), little-endian; f16 is
// an IEEE half. "32 x 4 bits" puts weight i in the low half of byte i and weight i + n/2 in the
// high half, n being the number of weights in that group.
//
//   Q8_0   32 weights in 34 bytes      weight = d q
//          0    f16 d
//          2    32 x signed byte q
//
//   Q4_0   32 weights in 18 bytes      weight = d (q - 8)
//          0    f16 d
//          2    32 x 4 bits q
//
//   Q4_K   256 weights in 144 bytes    weight = (d s) q - (dmin m)
//          0    f16 d, f16 dmin
//          4    12 bytes: eight 6-bit pairs s, m, one for every 32 weights. Of pairs 0 .. 3, s is
//               in the low six bits of byte j and m in those of byte 4 + j. Of pairs 4 .. 7, byte
//               4 + j holds the low four bits of s (below) and of m (above); their two high bits
//               are the two high bits of bytes j - 4 (of s) and j (of m).
//          16   128 bytes: four groups of 64 x 4 bits q
//
//   Q5_K   256 weights in 176 bytes    weight = (d s) q - (dmin m)
//          0    as Q4_K
//          16   32 bytes: bit j of byte i is the fifth, highest bit of weight 32 j + i
//          48   as Q4_K's 128 bytes: the low four bits
//
//   Q6_K   256 weights in 210 bytes    weight = (d s) (q - 32)
//          0    128 bytes: the low four bits of q. Byte 64 h + i, i < 64, of half h has that of
//               weight 128 h + i below and of weight 128 h + 64 + i above
//          128  64 bytes: the high two bits. Byte 32 h + i, i < 32, has those of the weights
//               128 h + i, + 32, + 64, + 96, from below
//          192  16 x signed byte s, one for every 16 weights
//          208  f16 d
//
// Every product above fits a float exactly, so that only the subtraction rounds and there is one
// right answer: these are equal to the last bit to the reference implementation's.
#pragma once

#include <cstddef>
#include <span>

#include "formats/ggml_type.h"

namespace puente {

/// `blocks` are whole blocks of `type`, out.size() the number of their weights. Infinities and NaN
/// come out as the scales have them.
void dequantise(GgmlType type, std::span<const std::byte> blocks, std::span<float> out);

}  // namespace puente
