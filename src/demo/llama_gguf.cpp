// A random LLaMA as a GGUF file, with the keys and names that llama.cpp asks for.
#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "demo/gguf_writer.h"
#include "demo/llama_files.h"
#include "demo/quantise.h"

namespace puente {
namespace {

/// general.file_type: llama.cpp's number for "mostly of this type".
uint32_t file_type(GgmlType type) {
  switch (type) {
    case GgmlType::kF32:
      return 0;
    case GgmlType::kF16:
      return 1;
    case GgmlType::kQ4_0:
      return 2;
    case GgmlType::kQ8_0:
      return 7;
    case GgmlType::kBF16:
      return 32;
    default:
      PUENTE_ASSERT(!"a type that nothing here writes");
      return 0;
  }
}

void add_shape(GgufPairs& pairs, const RandomLlama& model) {
  const LlamaShape& s = model.shape;
  const auto number = [&](const char* key, int64_t value) {
    pairs.u32(std::string("llama.") + key, static_cast<uint32_t>(value));
  };
  number("vocab_size", model.vocabulary);
  number("context_length", s.context);
  number("embedding_length", s.hidden);
  number("block_count", s.layers);
  number("feed_forward_length", s.mlp);
  number("attention.head_count", s.heads);
  number("attention.head_count_kv", s.key_value_heads);
  number("rope.dimension_count", s.head_size());
  pairs.f32("llama.rope.freq_base", s.third ? kLlama3RopeBase : kLlamaRopeBase);
  pairs.f32("llama.attention.layer_norm_rms_epsilon", kLlamaEpsilon);
}

void add_llama3_tokenizer(GgufPairs& pairs, const RandomLlama& model) {
  const auto count = static_cast<size_t>(model.vocabulary);
  std::vector<std::string> tokens(count), merges;
  std::vector<int32_t> kinds(count, static_cast<int32_t>(PieceKind::kNormal));
  for (const auto& [token, id] : model.tokens.tokens) tokens[static_cast<size_t>(id)] = token;
  for (const AddedToken& token : model.tokens.added) {
    tokens[static_cast<size_t>(token.id)] = token.content;
    kinds[static_cast<size_t>(token.id)] =
        static_cast<int32_t>(token.special ? PieceKind::kControl : PieceKind::kUserDefined);
  }
  for (const auto& [left, right] : model.tokens.merges) merges.push_back(left + " " + right);
  pairs.text("tokenizer.ggml.model", "gpt2");
  pairs.text("tokenizer.ggml.pre", "llama-bpe");
  pairs.texts("tokenizer.ggml.tokens", tokens);
  pairs.i32s("tokenizer.ggml.token_type", kinds);
  pairs.texts("tokenizer.ggml.merges", merges);
  const auto framing = [&](const std::string& name, const std::optional<int32_t>& id) {
    pairs.flag("tokenizer.ggml.add_" + name + "_token", id.has_value());
    if (id) pairs.u32("tokenizer.ggml." + name + "_token_id", static_cast<uint32_t>(*id));
  };
  framing("bos", model.tokens.start);
  framing("eos", model.tokens.end);
}

/// What divides the frequency of each pair.
std::vector<float> rope_divisors(int64_t head_size) {
  std::vector<double> stretched = rope_frequencies(head_size, kLlama3RopeBase);
  const std::vector<double> plain = stretched;
  stretch(stretched, kLlama3Stretch);
  std::vector<float> divisors;
  for (size_t i = 0; i < plain.size(); ++i) {
    divisors.push_back(static_cast<float>(plain[i] / stretched[i]));
  }
  return divisors;
}

void add_tokenizer(GgufPairs& pairs, const RandomLlama& model) {
  if (model.shape.third) return add_llama3_tokenizer(pairs, model);
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<int32_t> kinds;
  for (const SentencePiece& piece : model.pieces.pieces) {
    tokens.push_back(piece.text);
    scores.push_back(piece.score);
    kinds.push_back(static_cast<int32_t>(piece.kind));
  }
  // Every row of the embedding needs a token.
  for (auto i = static_cast<int64_t>(tokens.size()); i < model.vocabulary; ++i) {
    tokens.push_back(fmt::format("[PAD{}]", i));
    scores.push_back(-10000);
    kinds.push_back(static_cast<int32_t>(PieceKind::kUnused));
  }
  pairs.text("tokenizer.ggml.model", "llama");
  pairs.text("tokenizer.ggml.pre", "default");
  pairs.texts("tokenizer.ggml.tokens", tokens);
  pairs.f32s("tokenizer.ggml.scores", scores);
  pairs.i32s("tokenizer.ggml.token_type", kinds);
  pairs.u32("tokenizer.ggml.bos_token_id", static_cast<uint32_t>(model.begin));
  pairs.u32("tokenizer.ggml.eos_token_id", static_cast<uint32_t>(model.end));
  pairs.u32("tokenizer.ggml.unknown_token_id", static_cast<uint32_t>(model.unknown));
  pairs.flag("tokenizer.ggml.add_bos_token", true);
  pairs.flag("tokenizer.ggml.add_eos_token", false);
}

GgmlType type_of(const LlamaTensor& tensor, GgmlType wanted) {
  const bool fits = tensor.shape.size() == 2 && tensor.row_size() % block_size(wanted) == 0;
  return fits ? wanted : GgmlType::kF32;
}

void write_rows(GgufWriter& writer, const LlamaTensor& tensor, GgmlType type,
                const LlamaRows& rows) {
  const auto size = static_cast<size_t>(tensor.row_size());
  std::vector<float> floats(size);
  std::vector<std::byte> bytes(size / static_cast<size_t>(block_size(type)) *
                               static_cast<size_t>(block_bytes(type)));
  for (int64_t row = 0; row < tensor.rows(); ++row) {
    if (type == GgmlType::kQ8_0) {
      rows.blocks(row, bytes);
    } else {
      rows.floats(row, floats);
      quantise(type, floats, bytes);
    }
    writer.write(bytes);
  }
}

}  // namespace

void write_llama_gguf(const std::filesystem::path& path, const RandomLlama& model,
                      const RandomEncoderOptions& options) {
  GgufPairs pairs;
  pairs.text("general.architecture", "llama");
  pairs.text("general.name",
             fmt::format("{}, untrained: random weights, seed {}", model.shape.name, options.seed));
  pairs.flag("puente.untrained", true);
  pairs.u32("general.file_type", file_type(options.gguf_type));
  add_shape(pairs, model);
  add_tokenizer(pairs, model);

  std::vector<GgufTensorSpec> specs;
  for (const LlamaTensor& tensor : model.tensors) {
    specs.push_back({tensor.gguf, type_of(tensor, options.gguf_type), tensor.shape});
  }
  std::vector<float> divisors;
  if (model.shape.third) {
    divisors = rope_divisors(model.shape.head_size());
    specs.push_back({"rope_freqs.weight", GgmlType::kF32, {static_cast<int64_t>(divisors.size())}});
  }
  GgufWriter writer(path, pairs, specs);
  for (size_t i = 0; i < model.tensors.size(); ++i) {
    write_rows(writer, model.tensors[i], specs[i].type, LlamaRows(model.tensors[i], i, options));
  }
  writer.write(std::as_bytes(std::span(divisors)));
  writer.commit();
}

}  // namespace puente
