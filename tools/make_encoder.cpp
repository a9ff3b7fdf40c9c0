// puente_make_encoder: an encoder's folder, or a LLaMA's GGUF file, with seeded random weights,
// where no trained model can be had.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/ranges.h>
#include <map>
#include <string>

#include "puente/error.h"

#include "demo/random_encoder.h"

int main(int argc, char** argv) {
  using puente::DType;
  CLI::App app("Writes an encoder with seeded random weights (untrained).");
  std::string folder, name;
  puente::RandomEncoderOptions options;
  app.add_option("DIR", folder, "Folder to write; for LLaMA models also FILE.gguf")->required();
  app.add_option("--name", name, fmt::format("{}", fmt::join(puente::random_encoder_names(), ", ")))
      ->required();
  app.add_option("--seed", options.seed, "Seed of the weights")->capture_default_str();
  app.add_option("--vocabulary", options.vocabulary,
                 "CLIP: OpenAI's bpe_simple_vocab_16e6.txt[.gz] or a folder with a tokenizer, "
                 "else bytes. BERT: vocab.txt, else characters. SigLIP: spiece.model. "
                 "LLaMA: tokenizer.model; LLaMA-3: tokenizer.json, else bytes");
  app.add_option("--bias-noise", options.bias_noise,
                 "Deviation of the noise on biases and norms' parameters")
      ->capture_default_str();
  app.add_flag("--outliers", options.outliers,
               "0.1 % of the output channels of each linear layer and norm 50 times larger");
  app.add_flag("--quirks", options.quirks,
               "Names, extra tensors and config files as the first checkpoints have them");
  std::string dtype = "f32";
  app.add_option("--dtype", dtype, "Of the weights")
      ->check(CLI::IsMember({"f32", "f16", "bf16"}))
      ->capture_default_str();
  std::string gguf_type = "q8_0";
  const std::map<std::string, puente::GgmlType> gguf_types = {{"f32", puente::GgmlType::kF32},
                                                              {"f16", puente::GgmlType::kF16},
                                                              {"bf16", puente::GgmlType::kBF16},
                                                              {"q8_0", puente::GgmlType::kQ8_0},
                                                              {"q4_0", puente::GgmlType::kQ4_0}};
  app.add_option("--gguf-type", gguf_type, "Of a GGUF's matrices")
      ->check(CLI::IsMember(gguf_types))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.dtype = dtype == "f16" ? DType::kF16 : dtype == "bf16" ? DType::kBF16 : DType::kF32;
  options.gguf_type = gguf_types.at(gguf_type);
  try {
    puente::write_random_encoder(folder, name, options);
    std::printf("%s: %s, untrained (seed %llu)\n", folder.c_str(), name.c_str(),
                static_cast<unsigned long long>(options.seed));
    return 0;
  } catch (const puente::UserError& error) {
    std::fprintf(stderr, "puente_make_encoder: %s\n", error.what());
    return 2;
  }
}
