// Steps of the trainer of raw data on made-up rows, for checks against PyTorch (check_finetune.py)
// and for timing (bench/peers_finetune.py).
//
//   puente_finetune_step IMAGE_MODEL TEXT_MODEL --rows 64 --steps 3
//       prints {"seconds": [one per step], "peak_bytes": ..} after the steps
//   puente_finetune_step IMAGE_MODEL TEXT_MODEL --rows 4 --gradient OUT.safetensors
//       writes the rows (pixels, ids, lengths, labels), the head's weights and the gradient of
//       every tensor; prints {"loss": ..}
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/resources.h"
#include "base/threads.h"
#include "encoders/config_section.h"
#include "finetune/made_rows.h"
#include "finetune/trainer.h"
#include "formats/json.h"
#include "formats/safetensors.h"

namespace puente {
namespace {

struct Options {
  std::string image_model, text_model, gradient, fusion = "early";
  int64_t rows = 64, shortest = 20, longest = 28, classes = 7, steps = 1, trained_blocks = 0;
  int64_t activation_megabytes = 1024;
  int threads = available_cores();
};

void write_gradient(const Options& o, FinetuneTrainer& trainer, const MadeRows& data, int64_t side,
                    std::span<const int32_t> rows) {
  const std::vector<int32_t> labels = data.labels(o.classes);
  std::vector<TensorGradient> tensors;
  const double loss = trainer.gradient(data, rows, labels, tensors);
  const int64_t pixels = 3 * side * side;
  Matrix planes(o.rows, pixels), ids(o.rows, o.longest);
  std::vector<float> lengths, label;
  for (int64_t row = 0; row < o.rows; ++row) {
    data.pixels(row, planes.row_span(row));
    std::ranges::copy(data.tokens(row), ids.row(row));
    lengths.push_back(static_cast<float>(data.tokens(row).size()));
    label.push_back(static_cast<float>(labels[static_cast<size_t>(row)]));
  }
  const FusionWeights head = trainer.head();
  std::vector<TensorSpec> specs = {{"pixels", DType::kF32, {o.rows, 3, side, side}},
                                   {"ids", DType::kF32, {o.rows, o.longest}},
                                   {"lengths", DType::kF32, {o.rows}},
                                   {"labels", DType::kF32, {o.rows}}};
  for (const auto& tensor : tensors_of(head)) {
    specs.push_back({"weights." + tensor.name, DType::kF32,
                     tensor.cols == 0 ? std::vector<int64_t>{tensor.rows}
                                      : std::vector<int64_t>{tensor.rows, tensor.cols}});
  }
  for (const TensorGradient& tensor : tensors) {
    specs.push_back(
        {"gradient." + tensor.name, DType::kF32, {static_cast<int64_t>(tensor.values.size())}});
  }
  SafetensorsWriter writer(o.gradient, specs);
  writer.write({planes.data(), static_cast<size_t>(planes.size())});
  writer.write({ids.data(), static_cast<size_t>(ids.size())});
  writer.write(lengths);
  writer.write(label);
  for (const auto& tensor : tensors_of(head)) writer.write(tensor.values);
  for (const TensorGradient& tensor : tensors) writer.write(tensor.values);
  writer.commit();
  fmt::print("{}\n", Json{{"loss", loss}}.dump());
}

void run(const Options& o) {
  FinetuneOptions options;
  options.fusion = parse_fusion(o.fusion);
  options.classes = o.classes;
  options.head.batch = o.rows;
  options.head.threads = o.threads;
  options.steps = std::max<int64_t>(o.steps, 2);
  options.activation_bytes = o.activation_megabytes << 20;
  if (o.trained_blocks > 0) options.trained_blocks = o.trained_blocks;
  const int64_t side = ConfigSection::read(o.image_model).integer("image_size", 224);
  const int64_t vocabulary = ConfigSection::read(o.text_model).integer("vocab_size", 30522);
  FinetuneTrainer trainer(o.image_model, o.text_model, options, {});
  const MadeRows data(o.rows, o.shortest, o.longest, vocabulary, 1);
  std::vector<int32_t> rows(static_cast<size_t>(o.rows));
  std::iota(rows.begin(), rows.end(), 0);
  if (!o.gradient.empty()) {
    write_gradient(o, trainer, data, side, rows);
    return;
  }
  const std::vector<int32_t> labels = data.labels(o.classes);
  std::vector<double> seconds;
  for (int64_t i = 0; i < o.steps; ++i) {
    const Stopwatch watch;
    trainer.step(data, rows, labels);
    seconds.push_back(watch.seconds());
  }
  const FinetuneMemory memory = trainer.memory(o.longest);
  fmt::print("{}\n", Json{{"seconds", seconds},
                          {"planned_bytes", memory.total()},
                          {"peak_bytes", peak_memory_bytes()}}
                         .dump());
}

}  // namespace
}  // namespace puente

int main(int argc, char** argv) {
  puente::Options o;
  CLI::App app("Steps of the trainer of raw data on made-up rows.");
  app.add_option("image_model", o.image_model, "Folder of a ViTModel")->required();
  app.add_option("text_model", o.text_model, "Folder of a BertModel")->required();
  app.add_option("--rows", o.rows, "Of the batch")->capture_default_str();
  app.add_option("--shortest", o.shortest, "Tokens of the shortest text")->capture_default_str();
  app.add_option("--longest", o.longest, "Of the longest")->capture_default_str();
  app.add_option("--classes", o.classes)->capture_default_str();
  app.add_option("--fusion", o.fusion)->capture_default_str();
  app.add_option("--steps", o.steps)->capture_default_str();
  app.add_option("--blocks", o.trained_blocks, "Train the last so many; 0: everything");
  app.add_option("--activations", o.activation_megabytes, "MiB")->capture_default_str();
  app.add_option("--threads", o.threads)->capture_default_str();
  app.add_option("--gradient", o.gradient, "File to write");
  CLI11_PARSE(app, argc, argv);
  try {
    puente::run(o);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  return 0;
}
