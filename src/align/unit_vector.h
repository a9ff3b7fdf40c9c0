// A row of embeddings as a vector of length one, in double: the form in which the modality gap is
// measured and moved.
#pragma once

#include <span>

namespace puente {

/// v / |v|. False, and zeros, where v has no length.
bool normalise(std::span<double> v);

/// out = v / |v|, then, where out is longer than v, stretched to its size by linear interpolation
/// along the index: numpy.interp(linspace(0, d - 1, D), arange(d), v) for v of d and out of D
/// numbers, as the paper's authors make unequal sizes equal. False, and zeros, where v has no
/// length.
bool unit_vector(std::span<const float> v, std::span<double> out);

}  // namespace puente
