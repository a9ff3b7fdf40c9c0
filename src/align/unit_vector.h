// A row of embeddings as a vector of length one, in double: the form in which the modality gap is
// measured and moved.
#pragma once

#include <cstddef>
#include <span>

namespace puente {

/// v / |v|. False, and zeros, where v has no length.
bool normalise(std::span<double> v);

/// The same of floats.
bool unit_vector(std::span<const float> v, std::span<double> out);

/// Stretches the first `d` numbers of `v` over all of it, by linear interpolation along the index:
/// numpy.interp(linspace(0, d - 1, D), arange(d), v) for v of D numbers, as the paper's authors
/// make unequal sizes equal.
void stretch(std::span<double> v, size_t d);

}  // namespace puente
