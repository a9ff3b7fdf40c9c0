// oneDNN's fp32 matmul with packed weights on one thread: the yardstick that our own products are
// held to.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <omp.h>
#include <vector>

namespace puente::bench {

class OneDnnMatmul {
 public:
  /// y [M, N] = x [M, K] w^T, w [N, K]. Must be made and run on the same thread.
  OneDnnMatmul(int64_t m, int64_t k, int64_t n, const float* x, const float* w, float* y)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    omp_set_num_threads(1);
    using dnnl::memory;
    const auto f32 = memory::data_type::f32;
    const memory::desc xd({m, k}, f32, memory::format_tag::ab);
    const memory::desc yd({m, n}, f32, memory::format_tag::ab);
    const memory::desc any({k, n}, f32, memory::format_tag::any);
    const dnnl::matmul::primitive_desc description({xd, any, yd}, engine_);
    memory plain({{k, n}, f32, memory::format_tag::ba}, engine_, const_cast<float*>(w));
    weights_ = memory(description.weights_desc(), engine_);
    dnnl::reorder(plain, weights_).execute(stream_, plain, weights_);
    x_ = memory(xd, engine_, const_cast<float*>(x));
    y_ = memory(yd, engine_, y);
    matmul_ = dnnl::matmul(description);
    stream_.wait();
  }
  void run() {
    matmul_.execute(stream_,
                    {{DNNL_ARG_SRC, x_}, {DNNL_ARG_WEIGHTS, weights_}, {DNNL_ARG_DST, y_}});
    stream_.wait();
  }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::memory x_, weights_, y_;
  dnnl::matmul matmul_;
};

}  // namespace puente::bench
