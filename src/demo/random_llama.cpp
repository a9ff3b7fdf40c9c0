#include "demo/random_llama.h"

#include "base/error.h"
#include "demo/llama_files.h"
#include "demo/random_llama3_vocabulary.h"
#include "demo/shapes.h"

namespace puente {
namespace {

constexpr LlamaShape kLlamaShapes[] = {
    {.name = "llama-tiny",
     .layers = 3,
     .hidden = 64,
     .heads = 4,
     .key_value_heads = 2,
     .mlp = 176,
     .vocabulary = 0,
     .context = 128,
     .deviation = kNarrowDeviation},
    {.name = "llama-3-tiny",
     .layers = 3,
     .hidden = 64,
     .heads = 4,
     .key_value_heads = 2,
     .mlp = 176,
     .vocabulary = 0,
     .context = 128,
     .deviation = kNarrowDeviation,
     .third = true},
    {.name = "llama-1.1b",
     .layers = 22,
     .hidden = 2048,
     .heads = 32,
     .key_value_heads = 4,
     .mlp = 5632,
     .vocabulary = 32000,
     .context = 2048,
     .deviation = kUsualDeviation},
    {.name = "llama-2-7b",
     .layers = 32,
     .hidden = 4096,
     .heads = 32,
     .key_value_heads = 32,
     .mlp = 11008,
     .vocabulary = 32000,
     .context = 4096,
     .deviation = kUsualDeviation},
};

RandomLlama made_third(const LlamaShape& shape, const RandomEncoderOptions& options) {
  RandomLlama model{.shape = shape, .tokens = random_llama3_vocabulary(options.vocabulary)};
  model.vocabulary = model.tokens.size();
  model.tensors = llama_tensors(shape, model.vocabulary);
  return model;
}

RandomLlama made(const LlamaShape& shape, const RandomEncoderOptions& options) {
  if (shape.third) return made_third(shape, options);
  if (options.vocabulary.empty()) {
    fail("{} needs a SentencePiece model; give a LLaMA's tokenizer.model as its vocabulary",
         shape.name);
  }
  RandomLlama model{.shape = shape,
                    .pieces = read_sentencepiece(options.vocabulary, "tokenizer.model",
                                                 "the tokenizer.model of a LLaMA model")};
  const auto pieces = static_cast<int64_t>(model.pieces.pieces.size());
  model.vocabulary = shape.vocabulary == 0 ? pieces : shape.vocabulary;
  if (pieces > model.vocabulary) {
    fail("{}: has {} pieces, which is more than {}'s {}", model.pieces.path.string(), pieces,
         shape.name, model.vocabulary);
  }
  model.begin = model.pieces.id_of("<s>");
  model.end = model.pieces.id_of("</s>");
  model.unknown = model.pieces.id_of("<unk>");
  model.tensors = llama_tensors(shape, model.vocabulary);
  return model;
}

}  // namespace

std::vector<std::string> llama_names() { return shape_names(kLlamaShapes); }

const LlamaShape& named_llama(std::string_view name) { return find_shape(kLlamaShapes, name); }

void write_random_llama(const std::filesystem::path& path, std::string_view name,
                        const RandomEncoderOptions& options) {
  const RandomLlama model = made(named_llama(name), options);
  if (path.extension() == ".gguf") {
    write_llama_gguf(path, model, options);
  } else {
    write_llama_folder(path, model, options);
  }
}

}  // namespace puente
