#include "demo/random_llama.h"

#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "demo/llama_files.h"
#include "demo/narrow.h"
#include "demo/quantise.h"
#include "demo/sentencepiece_bytes.h"
#include "demo/written.h"
#include "formats/dequantise.h"
#include "formats/gguf.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;

constexpr int64_t kHidden = 64, kHeadSize = 16, kLayers = 3, kMlp = 176;

/// A LLaMA's vocabulary, but few of its pieces.
const std::vector<SentencePiece>& pieces() {
  static const std::vector<SentencePiece> list = {
      {"<unk>", 0, PieceKind::kUnknown},
      {"<s>", 0, PieceKind::kControl},
      {"</s>", 0, PieceKind::kControl},
      {"<0x0A>", 0, PieceKind::kByte},
      {"<0x41>", 0, PieceKind::kByte},
      {"▁a", -1.5f},
      {"b", -2.25f},
      {"<eye>", 0, PieceKind::kUserDefined},
      {"spare", 0, PieceKind::kUnused},
  };
  return list;
}

/// The same model in both forms, or one of them.
class Llama {
 public:
  explicit Llama(RandomEncoderOptions options) {
    options.vocabulary = folder_.file("tokenizer.model", test::sentencepiece_of(pieces()));
    write_random_encoder(folder_ / "m.gguf", "llama-tiny", options);
    write_random_encoder(folder_ / "m", "llama-tiny", options);
    gguf = std::make_unique<GgufFile>(folder_ / "m.gguf");
    weights = std::make_unique<SafetensorsFile>(folder_ / "m" / "model.safetensors");
  }

  /// Of the GGUF.
  std::vector<float> values(std::string_view name) const {
    const GgufTensor& tensor = gguf->tensor(name);
    std::vector<float> values(static_cast<size_t>(*element_count(tensor.shape)));
    dequantise(tensor.type, tensor.bytes, values);
    return values;
  }
  /// Of the folder.
  std::vector<float> folder_values(std::string_view name) const {
    return test::values_of(weights->tensor(name));
  }
  Json json(std::string_view name) const { return read_json(folder_ / "m" / name); }
  std::filesystem::path path(std::string_view name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;

 public:
  std::unique_ptr<GgufFile> gguf;
  std::unique_ptr<SafetensorsFile> weights;
};

TEST(RandomLlama, GgufHasTheMetadataThatLlamaCppAsksFor) {
  const Llama llama({.seed = 5});
  const GgufMetadata& m = llama.gguf->metadata();
  EXPECT_EQ(m.text("general.architecture"), "llama");
  EXPECT_TRUE(m.flag("puente.untrained"));
  EXPECT_EQ(m.integer("general.file_type"), 7);
  for (const auto& [key, value] : std::map<std::string, int64_t>{{"vocab_size", 9},
                                                                 {"context_length", 128},
                                                                 {"embedding_length", kHidden},
                                                                 {"block_count", kLayers},
                                                                 {"feed_forward_length", kMlp},
                                                                 {"attention.head_count", 4},
                                                                 {"attention.head_count_kv", 2},
                                                                 {"rope.dimension_count", 16}}) {
    EXPECT_EQ(m.integer("llama." + key), value) << key;
  }
  EXPECT_EQ(m.number("llama.rope.freq_base"), 10000);
  EXPECT_EQ(m.number("llama.attention.layer_norm_rms_epsilon"), static_cast<double>(1e-5f));

  EXPECT_EQ(m.text("tokenizer.ggml.model"), "llama");
  std::vector<std::string_view> tokens;
  std::vector<float> scores;
  std::vector<int64_t> kinds;
  for (const SentencePiece& piece : pieces()) {
    tokens.push_back(piece.text);
    scores.push_back(piece.score);
    kinds.push_back(static_cast<int64_t>(piece.kind));
  }
  EXPECT_EQ(m.texts("tokenizer.ggml.tokens"), tokens);
  EXPECT_EQ(m.numbers("tokenizer.ggml.scores"), scores);
  EXPECT_EQ(m.integers("tokenizer.ggml.token_type"), kinds);
  EXPECT_EQ(m.integer("tokenizer.ggml.unknown_token_id"), 0);
  EXPECT_EQ(m.integer("tokenizer.ggml.bos_token_id"), 1);
  EXPECT_EQ(m.integer("tokenizer.ggml.eos_token_id"), 2);
  EXPECT_TRUE(m.flag("tokenizer.ggml.add_bos_token"));
}

TEST(RandomLlama, GgufHoldsBlocksWhereRowsAreWholeBlocks) {
  const Llama llama({});
  std::map<std::string, GgmlType> types;
  for (const GgufTensor& tensor : llama.gguf->tensors()) types[tensor.name] = tensor.type;
  EXPECT_EQ(types.size(), 3 + 9 * kLayers);
  for (const char* name : {"token_embd", "blk.0.attn_q", "blk.1.attn_k", "blk.2.attn_v",
                           "blk.2.attn_output", "blk.0.ffn_gate", "blk.0.ffn_up", "output"}) {
    EXPECT_EQ(types.at(name + std::string(".weight")), GgmlType::kQ8_0) << name;
  }
  for (const char* name : {"blk.0.attn_norm", "blk.2.ffn_norm", "blk.1.ffn_down", "output_norm"}) {
    EXPECT_EQ(types.at(name + std::string(".weight")), GgmlType::kF32) << name;
  }
  EXPECT_EQ(llama.gguf->tensor("blk.0.attn_k.weight").shape, (std::vector<int64_t>{32, 64}));
  EXPECT_EQ(llama.gguf->tensor("blk.0.ffn_down.weight").shape, (std::vector<int64_t>{64, 176}));
}

/// The folder's rows of a query or key matrix in the order of a GGUF.
std::vector<float> turned(const std::vector<float>& rows) {
  std::vector<float> result(rows.size());
  const int64_t heads = static_cast<int64_t>(rows.size()) / kHidden / kHeadSize;
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t i = 0; i < kHeadSize / 2; ++i) {
      for (int64_t half = 0; half < 2; ++half) {
        const int64_t from = h * kHeadSize + i + half * kHeadSize / 2;
        const int64_t to = h * kHeadSize + 2 * i + half;
        std::copy_n(rows.begin() + from * kHidden, kHidden, result.begin() + to * kHidden);
      }
    }
  }
  return result;
}

void expect_same_weights(const Llama& llama) {
  std::map<std::string, std::string> same = {
      {"token_embd", "model.embed_tokens"}, {"output_norm", "model.norm"}, {"output", "lm_head"}};
  for (int i = 0; i < kLayers; ++i) {
    const std::string gguf = fmt::format("blk.{}.", i), folder = fmt::format("model.layers.{}.", i);
    same[gguf + "attn_norm"] = folder + "input_layernorm";
    same[gguf + "attn_v"] = folder + "self_attn.v_proj";
    same[gguf + "attn_output"] = folder + "self_attn.o_proj";
    same[gguf + "ffn_norm"] = folder + "post_attention_layernorm";
    same[gguf + "ffn_gate"] = folder + "mlp.gate_proj";
    same[gguf + "ffn_up"] = folder + "mlp.up_proj";
    same[gguf + "ffn_down"] = folder + "mlp.down_proj";
    for (const char* part : {"q", "k"}) {
      EXPECT_EQ(llama.values(gguf + "attn_" + part + ".weight"),
                turned(llama.folder_values(folder + "self_attn." + part + "_proj.weight")));
    }
  }
  for (const auto& [gguf, folder] : same) {
    EXPECT_EQ(llama.values(gguf + ".weight"), llama.folder_values(folder + ".weight")) << gguf;
    EXPECT_EQ(llama.gguf->tensor(gguf + ".weight").shape,
              llama.weights->tensor(folder + ".weight").shape);
  }
  EXPECT_EQ(llama.weights->tensors().size(), llama.gguf->tensors().size());
}

TEST(RandomLlama, BothFormsHoldTheSameWeights) {
  expect_same_weights(Llama({.seed = 6, .bias_noise = 0.1, .outliers = true}));
  expect_same_weights(Llama({.seed = 6, .bias_noise = 0.1, .gguf_type = GgmlType::kF32}));
}

TEST(RandomLlama, OtherTypesAreTheSameWeightsRounded) {
  const Llama exact({.seed = 7});
  for (const GgmlType type : {GgmlType::kF32, GgmlType::kF16, GgmlType::kQ4_0}) {
    const Llama llama({.seed = 7, .gguf_type = type});
    const GgufTensor& tensor = llama.gguf->tensor("blk.1.ffn_up.weight");
    EXPECT_EQ(tensor.type, type);
    const std::vector<float> values = exact.values(tensor.name);
    std::vector<std::byte> expected(tensor.bytes.size());
    quantise(type, values, expected);
    EXPECT_TRUE(std::ranges::equal(tensor.bytes, expected)) << ggml_type_name(type);
    EXPECT_EQ(llama.values("output_norm.weight"), exact.values("output_norm.weight"));
  }
  const Llama half({.seed = 7, .dtype = DType::kF16});
  EXPECT_EQ(half.json("config.json")["torch_dtype"], "float16");
  std::vector<float> expected = exact.folder_values("model.layers.1.mlp.down_proj.weight");
  for (float& v : expected) v = half_to_float(float_to_half(v));
  EXPECT_EQ(half.folder_values("model.layers.1.mlp.down_proj.weight"), expected);
}

TEST(RandomLlama, EqualSeedsGiveEqualFiles) {
  const Llama a({.seed = 8}), again({.seed = 8}), other({.seed = 9});
  EXPECT_EQ(sha256_file(a.path("m.gguf")).hex(), sha256_file(again.path("m.gguf")).hex());
  EXPECT_NE(a.values("blk.0.attn_q.weight"), other.values("blk.0.attn_q.weight"));
  EXPECT_NE(a.values("blk.0.ffn_down.weight"), other.values("blk.0.ffn_down.weight"));
  EXPECT_NE(a.values("blk.0.attn_q.weight"), a.values("blk.1.attn_q.weight"));
  EXPECT_EQ(a.values("output_norm.weight"), std::vector<float>(kHidden, 1));
}

TEST(RandomLlama, WeightsAreNormalAndScalesVary) {
  const Llama llama({});
  for (const char* name : {"blk.0.ffn_up.weight", "blk.0.ffn_down.weight"}) {
    double sum = 0, squares = 0;
    const std::vector<float> values = llama.values(name);
    for (const float v : values) {
      sum += v;
      squares += v * v;
    }
    const auto count = static_cast<double>(values.size());
    EXPECT_NEAR(sum / count, 0, 4 * 0.15 / std::sqrt(count)) << name;
    EXPECT_NEAR(std::sqrt(squares / count), 0.15, 0.02) << name;
  }
  const GgufTensor& tensor = llama.gguf->tensor("blk.0.ffn_up.weight");
  std::set<std::pair<std::byte, std::byte>> scales;
  for (size_t at = 0; at < tensor.bytes.size(); at += 34) {
    scales.emplace(tensor.bytes[at], tensor.bytes[at + 1]);
  }
  EXPECT_GT(scales.size(), tensor.bytes.size() / 34 / 2);
}

/// Channels in which b is 50 times a; elsewhere they must be equal.
std::set<int64_t> enlarged(const Llama& a, const Llama& b, const std::string& name) {
  const std::vector<float> before = a.values(name), after = b.values(name);
  const auto size = static_cast<int64_t>(before.size()) / a.gguf->tensor(name).shape[0];
  std::set<int64_t> channels;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    // A block's scale is a half.
    EXPECT_NEAR(after[i] / before[i], 50, 0.1) << name << " " << i;
    channels.insert(static_cast<int64_t>(i) / size);
  }
  return channels;
}

TEST(RandomLlama, OutliersAreWhatGoesIntoLinearLayers) {
  const Llama plain({.seed = 4, .bias_noise = 0.1}),
      wild({.seed = 4, .bias_noise = 0.1, .outliers = true});
  const std::set<int64_t> channel = enlarged(plain, wild, "blk.0.attn_norm.weight");
  EXPECT_EQ(channel.size(), 1u);
  for (const char* name : {"blk.2.attn_norm.weight", "blk.1.ffn_norm.weight"}) {
    EXPECT_EQ(enlarged(plain, wild, name), channel) << name;
  }
  EXPECT_EQ(enlarged(plain, wild, "blk.1.ffn_up.weight").size(), 1u);
  EXPECT_EQ(enlarged(plain, wild, "blk.1.attn_v.weight").size(), 1u);
  for (const char* name : {"token_embd", "output_norm", "output", "blk.0.attn_q", "blk.0.attn_k",
                           "blk.0.attn_output", "blk.0.ffn_gate", "blk.0.ffn_down"}) {
    EXPECT_TRUE(enlarged(plain, wild, name + std::string(".weight")).empty()) << name;
  }
}

TEST(RandomLlama, FolderHasWhatTransformersReads) {
  const Llama llama({});
  const Json config = llama.json("config.json");
  EXPECT_EQ(config["architectures"][0], "LlamaForCausalLM");
  EXPECT_EQ(config["num_key_value_heads"], 2);
  EXPECT_EQ(config["intermediate_size"], kMlp);
  EXPECT_EQ(config["vocab_size"], 9);
  EXPECT_EQ(config["rope_theta"], 10000);
  EXPECT_EQ(config["rms_norm_eps"], 1e-5);
  EXPECT_TRUE(config["puente_untrained"].get<bool>());
  EXPECT_EQ(llama.json("tokenizer_config.json")["tokenizer_class"], "LlamaTokenizer");
  EXPECT_EQ(test::read_text(llama.path("m/tokenizer.model")),
            test::read_text(llama.path("tokenizer.model")));
  EXPECT_NE(test::read_text(llama.path("m/README.md")).find("# Untrained"), std::string::npos);
}

TEST(RandomLlama, QuirksAreThoseOfTheFirstFolders) {
  const Llama plain({}), quirky({.quirks = true});
  EXPECT_FALSE(quirky.json("config.json").contains("rope_theta"));
  EXPECT_FALSE(quirky.json("config.json").contains("tie_word_embeddings"));
  EXPECT_EQ(quirky.json("config.json")["num_key_value_heads"], 2);
  const std::vector<float> turns =
      quirky.folder_values("model.layers.2.self_attn.rotary_emb.inv_freq");
  ASSERT_EQ(turns.size(), 8u);
  EXPECT_EQ(turns[0], 1);
  EXPECT_FLOAT_EQ(turns[4], 0.01f);
  EXPECT_EQ(plain.folder_values("lm_head.weight"), quirky.folder_values("lm_head.weight"));
  EXPECT_EQ(quirky.weights->tensors().size(), plain.weights->tensors().size() + 3);
}

TEST(RandomLlama, RealShapesHaveTheRealModelsParameters) {
  for (const auto& [name, parameters] :
       {std::pair("llama-1.1b", int64_t{1'100'048'384}), {"llama-2-7b", int64_t{6'738'415'616}}}) {
    int64_t sum = 0;
    for (const LlamaTensor& tensor : llama_tensors(named_llama(name), 32000)) {
      sum += *element_count(tensor.shape);
    }
    EXPECT_EQ(sum, parameters) << name;
  }
}

TEST(RandomLlama, RowsWithoutAPieceGetATokenOfTheirOwn) {
  const TemporaryFolder folder;
  LlamaShape shape = named_llama("llama-tiny");
  RandomLlama model{.shape = shape, .vocabulary = 11};
  model.pieces.pieces = pieces();
  model.tensors = llama_tensors(shape, 11);
  write_llama_gguf(folder / "m.gguf", model, {});
  const GgufFile file(folder / "m.gguf");
  const auto tokens = file.metadata().texts("tokenizer.ggml.tokens");
  ASSERT_EQ(tokens.size(), 11u);
  EXPECT_EQ(tokens[8], "spare");
  EXPECT_EQ(tokens[10], "[PAD10]");
  EXPECT_EQ(file.metadata().integers("tokenizer.ggml.token_type")[10], 5);
  EXPECT_EQ(file.metadata().numbers("tokenizer.ggml.scores").size(), 11u);
}

TEST(RandomLlama, RefusesWhatIsNoVocabulary) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::filesystem::path& vocabulary, std::string_view part) {
    for (const char* out : {"out", "out.gguf"}) {
      expect_user_error(
          [&] { write_random_encoder(folder / out, "llama-tiny", {.vocabulary = vocabulary}); },
          part);
      EXPECT_FALSE(std::filesystem::exists(folder / out));
    }
  };
  refused("", "llama-tiny needs a SentencePiece model; give a LLaMA's tokenizer.model as its");
  refused(folder.file("text.model", "[PAD]\n"), "text.model: is not a SentencePiece model; give ");
  refused(folder.file("siglip.model", test::sentencepiece_model({"<pad>", "</s>", "<unk>", "a"})),
          "siglip.model: has no piece <s>; give the tokenizer.model of a LLaMA model");
  expect_user_error([&] { write_random_encoder(folder / "c.gguf", "clip-tiny", {}); },
                    "c.gguf: only LLaMA models are written as GGUF; give a folder for clip-tiny");
}

}  // namespace
}  // namespace puente
