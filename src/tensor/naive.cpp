#include "tensor/naive.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace puente::naive {

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::tanh:
      return std::tanh(x);
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::quick_gelu:
      return x / (1 + std::exp(-1.702 * x));
    case Activation::gelu:
      return x * std::erfc(-x / std::numbers::sqrt2) / 2;
    case Activation::gelu_tanh:
      return x / (1 + std::exp(-2 * std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
  }
  return x;
}

Matrix linear(const Matrix& x, const Matrix& w, const float* bias, Activation activation,
              const Matrix& residual) {
  Matrix y(x.rows(), w.rows());
  for (int64_t i = 0; i < y.rows(); ++i) {
    for (int64_t j = 0; j < y.cols(); ++j) {
      double sum = bias ? bias[j] : 0;
      for (int64_t k = 0; k < x.cols(); ++k) sum += static_cast<double>(x(i, k)) * w(j, k);
      y(i, j) =
          static_cast<float>(activate(activation, sum) + (residual.empty() ? 0 : residual(i, j)));
    }
  }
  return y;
}

Matrix layer_norm(const Matrix& x, const LayerNorm& norm) {
  Matrix y(x.rows(), x.cols());
  const auto columns = static_cast<double>(x.cols());
  for (int64_t i = 0; i < x.rows(); ++i) {
    double mean = 0, variance = 0;
    for (const float v : x.row_span(i)) mean += v / columns;
    for (const float v : x.row_span(i)) variance += (v - mean) * (v - mean) / columns;
    for (int64_t j = 0; j < x.cols(); ++j) {
      const auto c = static_cast<size_t>(j);
      y(i, j) = static_cast<float>(
          (x(i, j) - mean) / std::sqrt(variance + norm.epsilon) * norm.gamma[c] + norm.beta[c]);
    }
  }
  return y;
}

void softmax(std::span<float> row, int64_t valid) {
  const auto n = static_cast<size_t>(valid);
  const double largest = *std::max_element(row.begin(), row.begin() + valid);
  double sum = 0;
  for (size_t j = 0; j < n; ++j) sum += std::exp(row[j] - largest);
  for (size_t j = 0; j < row.size(); ++j) {
    row[j] = j < n ? static_cast<float>(std::exp(row[j] - largest) / sum) : 0.0f;
  }
}

Matrix attention(const AttentionInput& input) {
  Matrix out(input.query.rows, input.query.cols);
  const int64_t size = out.cols() / input.heads;
  for (const Sequence& s : input.sequences) {
    for (int64_t head = 0; head < input.heads; ++head) {
      for (int64_t q = 0; q < s.queries; ++q) {
        const float* query = input.query.row(s.first_query + q) + head * size;
        std::vector<float> weight(static_cast<size_t>(s.keys));
        for (int64_t k = 0; k < s.keys; ++k) {
          const float* key = input.key.row(s.first_key + k) + head * size;
          double dot = 0;
          for (int64_t c = 0; c < size; ++c) dot += static_cast<double>(query[c]) * key[c];
          weight[static_cast<size_t>(k)] = static_cast<float>(dot);
        }
        softmax(weight, input.causal ? s.keys - s.queries + q + 1 : s.keys);
        for (int64_t c = 0; c < size; ++c) {
          double sum = 0;
          for (int64_t k = 0; k < s.keys; ++k) {
            sum += static_cast<double>(weight[static_cast<size_t>(k)]) *
                   input.value.row(s.first_key + k)[head * size + c];
          }
          out(s.first_query + q, head * size + c) = static_cast<float>(sum);
        }
      }
    }
  }
  return out;
}

}  // namespace puente::naive
