// The gate of LLaMA's MLP (SwiGLU, Shazeer 2020).
#pragma once

#include <span>

namespace puente {

/// y[i] = silu(gate[i]) * up[i], silu(x) = x / (1 + exp(-x)); y may be gate or up.
void swiglu(std::span<const float> gate, std::span<const float> up, std::span<float> y);

}  // namespace puente
