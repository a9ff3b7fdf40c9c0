// puente_make_clip: a CLIP directory of full size with seeded random weights, where no trained
// model can be had.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "puente/error.h"

#include "demo/random_clip.h"

int main(int argc, char** argv) {
  CLI::App app("Writes a CLIP model folder with seeded random weights (untrained).");
  std::string folder, size = "b32";
  puente::RandomClipOptions options;
  app.add_option("DIR", folder, "Folder to write")->required();
  app.add_option("--size", size, "tiny, b32, b16 or l14")->capture_default_str();
  app.add_option("--seed", options.seed, "Seed of the weights")->capture_default_str();
  app.add_option("--vocabulary", options.vocabulary,
                 "OpenAI's bpe_simple_vocab_16e6.txt[.gz] or a folder with a CLIP tokenizer; "
                 "without it, bytes");
  app.add_option("--bias-noise", options.bias_noise,
                 "Deviation of the noise on biases and LayerNorm parameters")
      ->capture_default_str();
  bool gelu = false;
  app.add_flag("--gelu", gelu, "Plain GELU instead of CLIP's x * sigmoid(1.702 x)");
  CLI11_PARSE(app, argc, argv);
  try {
    puente::ClipConfig config = puente::named_clip(size);
    config.quick_gelu = !gelu;
    puente::write_random_clip(folder, config, options);
    std::printf("%s: CLIP %s, untrained (seed %llu)\n", folder.c_str(), size.c_str(),
                static_cast<unsigned long long>(options.seed));
    return 0;
  } catch (const puente::UserError& error) {
    std::fprintf(stderr, "puente_make_clip: %s\n", error.what());
    return 2;
  }
}
