// One epoch of fusion training at BRSET's sizes, as a share of what this machine can multiply.
//
//   bench_fusion_epoch [--threads N] [--avx2] [--epochs N] [--json FILE]
//       checks the fast trainer against the plain one, then times four classifiers and a sweep's
//       kind of work; before each epoch oneDNN multiplies two large float32 matrices, and the
//       median of that is the peak that the median epoch is a share of
//   bench_fusion_epoch --peer FOLDER --kind early --image 512 --text 512 [--threads N]
//       writes the data, initial weights and first order to FOLDER for bench/peers_fusion.py, then
//       trains an epoch for every line on standard input and answers "SECONDS LOSS"
//
// The work of an epoch is counted as its two products per weight: the Linear's output and its
// gradient, 2 x 2 x rows x inputs x hidden. Everything else in the epoch's time is our overhead.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <dnnl.hpp>
#include <fstream>
#include <hwy/targets.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <omp.h>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "base/threads.h"
#include "fusion/batches.h"
#include "fusion/plain.h"
#include "fusion/trainer.h"
#include "timing.h"

namespace puente::bench {
namespace {

constexpr int64_t kRows = 13012;
constexpr int64_t kSweepRows = 6119;

// Unit vectors per modality in which the class shows a little, as in embeddings.
struct Data {
  Matrix features;
  std::vector<int32_t> label, rows;

  Data(const FusionShape& shape, int64_t count)
      : features(count, shape.image_dim + shape.text_dim), rows(static_cast<size_t>(count)) {
    Rng rng(1);
    std::iota(rows.begin(), rows.end(), 0);
    for (int64_t r = 0; r < count; ++r) {
      label.push_back(static_cast<int32_t>(rng.below(shape.classes)));
      for (const auto& [begin, end] :
           {std::pair{int64_t{0}, shape.image_dim}, {shape.image_dim, features.cols()}}) {
        double norm = 0;
        for (int64_t c = begin; c < end; ++c) {
          // Two uniform numbers are normal enough, and quick for 60 million.
          const double value =
              rng.uniform() + rng.uniform() - 1 + 0.05 * (c % shape.classes == label.back());
          features(r, c) = static_cast<float>(value);
          norm += value * value;
        }
        for (int64_t c = begin; c < end; ++c) {
          features(r, c) = static_cast<float>(features(r, c) / std::sqrt(norm));
        }
      }
    }
  }
  FusionData view() const { return {features, label}; }
};

// A float32 product of large matrices by oneDNN, in GFLOP/s.
double product_rate(int threads) {
  constexpr int64_t n = 2048;
  static const AlignedVector<float> a(n * n, 0.5f), b(n * n, 0.25f);
  static AlignedVector<float> c(n * n);
  omp_set_num_threads(threads);
  const double start = now();
  dnnl::sgemm('N', 'N', n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n);
  const double rate = 2.0 * n * n * n / (now() - start) * 1e-9;
  // OpenMP's threads spin for some milliseconds after their work, on the cores that come next.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return rate;
}

double flop_per_epoch(const FusionShape& shape, int64_t rows) {
  double weights = 0;
  for (const BranchShape& branch : branches_of(shape)) {
    weights += static_cast<double>(branch.inputs * branch.hidden);
  }
  return 4.0 * static_cast<double>(rows) * weights;
}

std::string title(const FusionShape& shape) {
  return fmt::format("{}+{} {}", shape.image_dim, shape.text_dim, name_of(shape.kind));
}

// The fast and the plain trainer on the same rows: equal losses, or no times.
void verify(const FusionShape& shape, const Data& data, int threads) {
  const FusionOptions options{.threads = threads};
  const std::vector<int32_t> rows(data.rows.begin(), data.rows.begin() + 129);
  FusionTrainer fast(shape, options, data.view(), rows, {});
  PlainFusion<float> plain(fast.weights(), options, data.view(), {});
  for (int epoch = 0; epoch < 2; ++epoch) {
    const double a = fast.train_epoch();
    const double b = plain.train_epoch_in_order(epoch_order(rows, options.seed, epoch));
    if (!(std::abs(a - b) < 5e-4)) {
      fmt::print(stderr, "{}: the fast trainer's loss is {}, the plain one's {}\n", title(shape), a,
                 b);
      std::exit(1);
    }
  }
}

nlohmann::json time_epochs(const FusionShape& shape, int threads, int epochs) {
  const Data data(shape, kRows);
  verify(shape, data, threads);
  FusionTrainer trainer(shape, {.threads = threads}, data.view(), data.rows, {});
  trainer.train_epoch();
  std::vector<double> seconds, products;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    products.push_back(product_rate(threads));
    const double start = now();
    trainer.train_epoch();
    seconds.push_back(now() - start);
  }
  const double rate = flop_per_epoch(shape, kRows) * 1e-9 / median(seconds);
  const double peak = median(products);
  return {{"classifier", title(shape)},
          {"seconds", median(seconds)},
          {"seconds_least", *std::min_element(seconds.begin(), seconds.end())},
          {"gflops", rate},
          {"peak_gflops", peak},
          {"share_of_peak", rate / peak}};
}

// What a sweep does: as many runs at once as there are threads, each on one thread.
nlohmann::json time_sweep(FusionKind kind, int threads) {
  const FusionShape shape{kind, 512, 512, 7};
  const Data data(shape, kSweepRows);
  const double start = now();
  parallel_for(threads, threads, [&](int64_t run, int) {
    FusionTrainer trainer(shape, {.seed = static_cast<uint64_t>(run)}, data.view(), data.rows, {});
    for (int epoch = 0; epoch < 30; ++epoch) trainer.train_epoch();
  });
  return {{"sweep", title(shape)}, {"seconds_per_run_and_core", now() - start}};
}

void write_bytes(const std::filesystem::path& path, const void* data, size_t bytes) {
  std::ofstream(path, std::ios::binary).write(static_cast<const char*>(data), bytes);
}

void serve_peer(const FusionShape& shape, int threads, const std::filesystem::path& folder) {
  const Data data(shape, kRows);
  const FusionOptions options{.threads = threads};
  FusionTrainer trainer(shape, options, data.view(), data.rows, {});
  const std::vector<int32_t> order = epoch_order(data.rows, options.seed, 0);
  write_bytes(folder / "features.f32", data.features.data(), data.features.size() * sizeof(float));
  write_bytes(folder / "label.i32", data.label.data(), data.label.size() * sizeof(int32_t));
  write_bytes(folder / "order.i32", order.data(), order.size() * sizeof(int32_t));
  save_fusion_weights(trainer.weights(), folder / "weights.safetensors");
  fmt::print("ready\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    const double start = now();
    const double loss = trainer.train_epoch();
    fmt::print("{} {}\n", now() - start, loss);
    std::fflush(stdout);
  }
}

int run(int argc, char** argv) {
  CLI::App app("One epoch of fusion training at BRSET's sizes");
  int threads = available_cores(), epochs = 9;
  bool avx2 = false;
  std::string json_file, folder, kind = "early";
  int64_t image = 512, text = 512;
  app.add_option("--threads", threads);
  app.add_option("--epochs", epochs)->check(CLI::PositiveNumber);
  app.add_flag("--avx2", avx2, "hold oneDNN and our kernels to AVX2");
  app.add_option("--json", json_file);
  app.add_option("--peer", folder);
  app.add_option("--kind", kind);
  app.add_option("--image", image);
  app.add_option("--text", text);
  CLI11_PARSE(app, argc, argv);
  if (avx2) {
    hwy::DisableTargets(HWY_AVX3 | HWY_AVX3_DL);
    dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
  }
  if (!folder.empty()) {
    serve_peer({parse_fusion(kind), image, text, 2}, threads, folder);
    return 0;
  }

  nlohmann::json result{{"rows", kRows}, {"threads", threads}, {"avx2_only", avx2}};
  fmt::print("{} threads{}, {} rows, medians of {}\n", threads, avx2 ? ", AVX2" : "", kRows,
             epochs);
  fmt::print("{:16} {:>10} {:>10} {:>10} {:>9}\n", "", "s/epoch", "GFLOP/s", "peak", "of peak");
  for (const auto& [image_dim, text_dim] : {std::pair{512, 512}, {768, 4096}}) {
    for (const FusionKind fusion : {FusionKind::early, FusionKind::late}) {
      const nlohmann::json row = time_epochs({fusion, image_dim, text_dim, 2}, threads, epochs);
      fmt::print("{:16} {:10.4f} {:10.1f} {:10.1f} {:8.0f}%\n",
                 row["classifier"].get<std::string>(), row["seconds"].get<double>(),
                 row["gflops"].get<double>(), row["peak_gflops"].get<double>(),
                 100 * row["share_of_peak"].get<double>());
      result["epochs"].push_back(row);
    }
  }
  for (const FusionKind fusion : {FusionKind::early, FusionKind::late}) {
    const nlohmann::json row = time_sweep(fusion, threads);
    fmt::print("{} runs at once, {}, {} rows, 30 epochs: {:.2f} s per run and core\n", threads,
               row["sweep"].get<std::string>(), kSweepRows,
               row["seconds_per_run_and_core"].get<double>());
    result["sweeps"].push_back(row);
  }
  if (!json_file.empty()) std::ofstream(json_file) << result.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace puente::bench

int main(int argc, char** argv) { return puente::bench::run(argc, argv); }
