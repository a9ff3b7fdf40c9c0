// stories260K (github.com/karpathy/llama2.c): a small LLaMA that was really trained, from
// llama2.c's first file format as a GGUF file.
//
// The model's file is seven int32 (width, MLP, layers, heads, key and value heads, vocabulary,
// positions) and then floats: token embeddings; per kind, for all layers: attention norms, queries,
// keys, values, outputs, MLP norms, gates, downs, ups; the last norm. Pairs that turn are
// neighbours, as in a GGUF. The tokenizer's is an int32, and per piece a score, a length and bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "demo/gguf_writer.h"
#include "demo/quantise.h"
#include "support/files.h"
#include "text/sentencepiece_vocabulary.h"

namespace puente::test {

/// Takes a file apart from front to back.
class Bytes {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  template <class T>
  T take() {
    T value;
    std::memcpy(&value, text(sizeof value).data(), sizeof value);
    return value;
  }
  std::vector<float> floats(int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    std::memcpy(values.data(), text(values.size() * sizeof(float)).data(),
                values.size() * sizeof(float));
    return values;
  }
  std::string_view text(size_t size) {
    EXPECT_LE(at_ + size, bytes_.size());
    at_ += size;
    return std::string_view(bytes_).substr(at_ - size, size);
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

struct StoriesTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

inline void add_stories_tokens(const std::filesystem::path& file, int64_t vocabulary,
                               GgufPairs& pairs) {
  Bytes bytes(read_text(file));
  bytes.take<int32_t>();  // the longest piece
  std::vector<std::string> pieces;
  std::vector<float> scores;
  std::vector<int32_t> types;
  for (int64_t id = 0; id < vocabulary; ++id) {
    scores.push_back(bytes.take<float>());
    std::string piece(bytes.text(static_cast<size_t>(bytes.take<int32_t>())));
    PieceType type = PieceType::normal;
    if (id < 3) {
      constexpr std::array kFirst = {"<unk>", "<s>", "</s>"};
      piece = kFirst[static_cast<size_t>(id)];
      type = id == 0 ? PieceType::unknown : PieceType::control;
    } else if (id < 259) {
      type = PieceType::byte;
    } else {
      for (size_t at = 0; (at = piece.find(' ', at)) != std::string::npos; at += 3) {
        piece.replace(at, 1, "\u2581");
      }
    }
    pieces.push_back(piece);
    types.push_back(static_cast<int32_t>(type));
  }
  pairs.text("tokenizer.ggml.model", "llama");
  pairs.texts("tokenizer.ggml.tokens", pieces);
  pairs.f32s("tokenizer.ggml.scores", scores);
  pairs.i32s("tokenizer.ggml.token_type", types);
}

/// Matrices become `type`, where their rows are whole blocks of it.
inline void write_stories(const std::filesystem::path& folder, const std::filesystem::path& gguf,
                          GgmlType type) {
  Bytes bytes(read_text(folder / "stories260K.bin"));
  std::array<int64_t, 7> n;
  for (int64_t& value : n) value = bytes.take<int32_t>();
  const auto [c, mlp, layers, heads, shared, vocabulary, context] = n;
  const int64_t narrow = c / heads * shared;

  std::vector<StoriesTensor> tensors;
  const auto take = [&](const std::string& name, std::vector<int64_t> shape) {
    int64_t size = 1;
    for (const int64_t s : shape) size *= s;
    tensors.push_back({name + ".weight", std::move(shape), bytes.floats(size)});
  };
  const auto take_all = [&](const char* name, const std::vector<int64_t>& shape) {
    for (int64_t i = 0; i < layers; ++i) take(fmt::format("blk.{}.{}", i, name), shape);
  };
  take("token_embd", {vocabulary, c});
  take_all("attn_norm", {c});
  take_all("attn_q", {c, c});
  take_all("attn_k", {narrow, c});
  take_all("attn_v", {narrow, c});
  take_all("attn_output", {c, c});
  take_all("ffn_norm", {c});
  take_all("ffn_gate", {mlp, c});
  take_all("ffn_down", {c, mlp});
  take_all("ffn_up", {mlp, c});
  take("output_norm", {c});

  GgufPairs pairs;
  pairs.text("general.architecture", "llama");
  const auto number = [&](const char* key, int64_t value) {
    pairs.u32(std::string("llama.") + key, static_cast<uint32_t>(value));
  };
  number("context_length", context);
  number("embedding_length", c);
  number("block_count", layers);
  number("feed_forward_length", mlp);
  number("attention.head_count", heads);
  number("attention.head_count_kv", shared);
  pairs.f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  add_stories_tokens(folder / "tok512.bin", vocabulary, pairs);

  std::vector<GgufTensorSpec> specs;
  for (const StoriesTensor& t : tensors) {
    const bool whole = t.shape.size() == 2 && t.shape[1] % block_size(type) == 0;
    specs.push_back({t.name, whole ? type : GgmlType::kF32, t.shape});
  }
  GgufWriter writer(gguf, pairs, specs);
  for (size_t i = 0; i < tensors.size(); ++i) {
    std::vector<std::byte> blocks(
        static_cast<size_t>(*tensor_bytes(specs[i].type, specs[i].shape)));
    quantise(specs[i].type, tensors[i].values, blocks);
    writer.write(blocks);
  }
  writer.commit();
}

}  // namespace puente::test
