// AdamW as torch.optim.AdamW: the decay is taken off the weight itself, apart from the gradient.
//   w = w (1 - lr * decay);  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
//   w = w - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps),  t = 1, 2, ...
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

namespace puente {

struct AdamWOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
};

/// What is the same for every weight in step t.
template <class T>
struct AdamWStep {
  T keep;  // 1 - lr * decay
  T beta1, one_minus_beta1;
  T beta2, one_minus_beta2;
  T variance_scale;  // 1 / sqrt(1 - b2^t)
  T epsilon;
  T size;  // lr / (1 - b1^t)

  AdamWStep(const AdamWOptions& options, int64_t t)
      : keep(static_cast<T>(1 - options.learning_rate * options.weight_decay)),
        beta1(static_cast<T>(options.beta1)),
        one_minus_beta1(static_cast<T>(1 - options.beta1)),
        beta2(static_cast<T>(options.beta2)),
        one_minus_beta2(static_cast<T>(1 - options.beta2)),
        variance_scale(
            static_cast<T>(1 / std::sqrt(1 - std::pow(options.beta2, static_cast<double>(t))))),
        epsilon(static_cast<T>(options.epsilon)),
        size(static_cast<T>(options.learning_rate /
                            (1 - std::pow(options.beta1, static_cast<double>(t))))) {}

  void update(T& w, T g, T& m, T& v) const {
    m = beta1 * m + one_minus_beta1 * g;
    v = beta2 * v + one_minus_beta2 * g * g;
    w = w * keep - size * (m / (std::sqrt(v) * variance_scale + epsilon));
  }
  void update(std::span<T> w, std::span<const T> g, std::span<T> m, std::span<T> v) const {
    for (size_t i = 0; i < w.size(); ++i) update(w[i], g[i], m[i], v[i]);
  }
};

}  // namespace puente
