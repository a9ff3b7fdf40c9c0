// LLaMA over all texts at once: the tree, the layers and the passes give what each text alone
// gives.
#include "encoders/llama.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "demo/random_llama.h"
#include "encoders/llama_checkpoint.h"
#include "formats/gguf_bytes.h"
#include "formats/json.h"
#include "support/files.h"
#include "support/targets.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;

RandomEncoderOptions tiny_options() {
  RandomEncoderOptions options{.seed = 5, .bias_noise = 0.1};
  options.vocabulary = test::golden("llama_tokens") / "tokenizer.model";
  return options;
}

/// The same model in both forms, made once.
const std::filesystem::path& models() {
  static const TemporaryFolder folder;
  static const bool made = [] {
    write_random_llama(folder / "tiny.gguf", "llama-tiny", tiny_options());
    write_random_llama(folder / "tiny", "llama-tiny", tiny_options());
    return true;
  }();
  EXPECT_TRUE(made);
  return folder.path();
}

LlamaEncoder load(const char* name, EncoderSettings settings = {}) {
  return LlamaEncoder(models() / name, settings);
}

/// Records of a template, some notes without one, and the empty text.
std::vector<TokenizedText> some_texts(const LlamaEncoder& encoder) {
  std::vector<std::string> texts = {"", "no", "A 70 year old man presented with fever and cough."};
  for (int age = 30; age < 60; age += 3) {
    for (const char* sex : {"male", "female"}) {
      for (const char* site : {"back", "lower extremity", "face", "ear"}) {
        texts.push_back("Age: " + std::to_string(age) + ". Sex: " + sex + ". Site: " + site + ".");
      }
    }
  }
  texts.push_back(texts[5] + " And more.");  // another text is its beginning
  std::vector<TokenizedText> tokens;
  for (const std::string& text : texts) tokens.push_back(encoder.tokenize(text, Truncate::end));
  return tokens;
}

Matrix encode_all(const TextEncoder& encoder, std::span<const TokenizedText> texts,
                  const TextWork& work = {.threads = 2}) {
  Matrix vectors(static_cast<int64_t>(texts.size()), encoder.dimension());
  Silent silent;
  encoder.encode_all(
      texts, work,
      [&](int64_t first, MatrixView<const float> some) {
        for (int64_t i = 0; i < some.rows; ++i) {
          std::copy_n(some.row(i), some.cols, vectors.row(first + i));
        }
      },
      silent);
  return vectors;
}

TEST(Llama, a_text_among_many_is_what_it_is_alone) {
  test::on_every_target([] {
    for (const Precision precision : {Precision::fp32, Precision::int8}) {
      const LlamaEncoder encoder = load("tiny.gguf", {.precision = precision});
      const std::vector<TokenizedText> texts = some_texts(encoder);
      const Matrix all = encode_all(encoder, texts);
      for (size_t i = 0; i < texts.size(); i += 6) {
        const Matrix alone = encode_all(encoder, std::span(texts).subspan(i, 1));
        for (int64_t j = 0; j < all.cols(); ++j) {
          ASSERT_EQ(alone(0, j), all(static_cast<int64_t>(i), j)) << i << " " << name_of(precision);
        }
      }
    }
  });
}

TEST(Llama, computes_a_token_once_for_all_texts_that_share_it) {
  const LlamaEncoder encoder = load("tiny.gguf");
  const std::vector<TokenizedText> texts = some_texts(encoder);
  const TextPlan plan = encoder.plan(texts, {.threads = 2});
  EXPECT_EQ(plan.passes, 1);
  EXPECT_LT(plan.nodes * 3, plan.tokens);
  EXPECT_GT(plan.memory, 0);
  EXPECT_GT(encoder.estimate_seconds(plan, 2), 0);
  Silent silent;
  const auto ignore = [](int64_t, MatrixView<const float>) {};
  EXPECT_EQ(encoder.encode_all(texts, {.threads = 2}, ignore, silent).nodes, plan.nodes);
}

TEST(Llama, the_order_of_texts_does_not_matter) {
  const LlamaEncoder encoder = load("tiny.gguf");
  std::vector<TokenizedText> texts = some_texts(encoder);
  const Matrix forward = encode_all(encoder, texts);
  std::ranges::reverse(texts);
  const Matrix backward = encode_all(encoder, texts);
  for (int64_t i = 0; i < forward.rows(); ++i) {
    for (int64_t j = 0; j < forward.cols(); ++j) {
      EXPECT_EQ(forward(i, j), backward(forward.rows() - 1 - i, j));
    }
  }
}

TEST(Llama, threads_do_not_matter) {
  const LlamaEncoder encoder = load("tiny.gguf");
  const std::vector<TokenizedText> texts = some_texts(encoder);
  const Matrix one = encode_all(encoder, texts, {.threads = 1});
  EXPECT_EQ(one, encode_all(encoder, texts, {.threads = 3}));
}

TEST(Llama, a_gguf_and_a_folder_of_the_same_weights_give_the_same_bits) {
  for (const Pool pool : {Pool::last, Pool::mean}) {
    const LlamaEncoder gguf = load("tiny.gguf", {.text_pool = pool});
    const LlamaEncoder folder = load("tiny", {.text_pool = pool});
    const std::vector<TokenizedText> texts = some_texts(gguf), same = some_texts(folder);
    for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(texts[i].ids, same[i].ids);
    EXPECT_EQ(encode_all(gguf, texts), encode_all(folder, same));
  }
}

/// A file's header up to the table of tensors, with the counts of a part in it.
std::string part_header(const std::string& whole, const std::string& first_tensor, uint64_t tensors,
                        uint16_t number, uint16_t count, int32_t all) {
  const size_t end = whole.find(test::gguf_text(first_tensor) + test::raw<uint32_t>(2));
  EXPECT_NE(end, whole.npos);
  uint64_t pairs = 0;
  std::memcpy(&pairs, whole.data() + 16, sizeof pairs);
  std::string header = "GGUF" + test::raw<uint32_t>(3) + test::raw(tensors);
  // Only the first part has the model's own metadata.
  header +=
      number == 0 ? test::raw(pairs + 3) + whole.substr(24, end - 24) : test::raw<uint64_t>(3);
  return header + test::pair_of("split.no", GgufType::kU16, test::raw(number)) +
         test::pair_of("split.count", GgufType::kU16, test::raw(count)) +
         test::pair_of("split.tensors.count", GgufType::kI32, test::raw(all));
}

/// Writes a GGUF again as DIR/part-00001-of-0000N.gguf and so on; its first path.
std::filesystem::path split(const std::filesystem::path& path, const TemporaryFolder& folder,
                            uint16_t count) {
  const GgufFile file(path);
  const std::string whole = test::read_text(path);
  const auto tensors = file.tensors();
  for (uint16_t part = 0; part < count; ++part) {
    const size_t first = tensors.size() * part / count, end = tensors.size() * (part + 1u) / count;
    std::string bytes = part_header(whole, tensors[0].name, end - first, part, count,
                                    static_cast<int32_t>(tensors.size()));
    std::string data;
    for (const GgufTensor& tensor : tensors.subspan(first, end - first)) {
      bytes += test::gguf_text(tensor.name) + test::raw(static_cast<uint32_t>(tensor.shape.size()));
      for (size_t i = tensor.shape.size(); i-- > 0;) bytes += test::raw(tensor.shape[i]);
      bytes += test::raw(ggml_type_code(tensor.type)) + test::raw<uint64_t>(data.size());
      data.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
      data.resize((data.size() + 31) / 32 * 32);
    }
    bytes.resize((bytes.size() + 31) / 32 * 32);
    folder.file(fmt::format("part-{:05}-of-{:05}.gguf", part + 1, count), bytes + data);
  }
  return folder / fmt::format("part-00001-of-{:05}.gguf", count);
}

TEST(Llama, a_model_in_parts_is_what_it_is_in_one_file) {
  const TemporaryFolder folder;
  const auto path = split(models() / "tiny.gguf", folder, 4);
  const LlamaEncoder parts(path, {}), whole = load("tiny.gguf");
  const std::vector<TokenizedText> texts = some_texts(whole);
  EXPECT_EQ(some_texts(parts)[5].ids, texts[5].ids);
  EXPECT_EQ(encode_all(parts, texts), encode_all(whole, texts));
  // All parts count for recognising the weights.
  const std::string before = LlamaFile(path).fingerprint();
  const auto third = folder / "part-00003-of-00004.gguf";
  std::string bytes = test::read_text(third);
  bytes.back() ^= 1;
  std::filesystem::remove(third);
  folder.file("part-00003-of-00004.gguf", bytes);
  EXPECT_NE(LlamaFile(path).fingerprint(), before);
}

TEST(Llama, a_third_one_in_both_forms) {
  const TemporaryFolder folder;
  RandomEncoderOptions options{.seed = 6, .bias_noise = 0.1};
  options.vocabulary = test::golden("llama3_tokens") / "tokenizer.json";
  for (const auto& vocabulary : {options.vocabulary, std::filesystem::path()}) {
    options.vocabulary = vocabulary;
    std::filesystem::remove_all(folder / "third");
    write_random_llama(folder / "third.gguf", "llama-3-tiny", options);
    write_random_llama(folder / "third", "llama-3-tiny", options);
    const LlamaEncoder gguf(folder / "third.gguf", {}), from_folder(folder / "third", {});
    EXPECT_EQ(gguf.tokenize("", Truncate::end).ids.size(), 1u);
    const std::vector<TokenizedText> texts = some_texts(gguf), same = some_texts(from_folder);
    for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(texts[i].ids, same[i].ids);
    // The divisors of a GGUF's frequencies are floats.
    const Matrix a = encode_all(gguf, texts), b = encode_all(from_folder, texts);
    for (int64_t i = 0; i < a.rows(); ++i) {
      for (int64_t j = 0; j < a.cols(); ++j) ASSERT_NEAR(a(i, j), b(i, j), 1e-4) << i;
    }
  }
  const LlamaConfig third = LlamaFile(folder / "third.gguf").config();
  ASSERT_EQ(third.frequencies.size(), 8u);
  EXPECT_EQ(third.frequencies[0], 1);
  EXPECT_NEAR(third.frequencies[7], std::pow(500000, -7.0 / 8) / 8, 1e-12);

  // As transformers 5 writes theta and scaling.
  const std::vector<double> before = LlamaFile(folder / "third").config().frequencies;
  Json config = read_json(folder / "third" / "config.json");
  config["rope_parameters"] = config["rope_scaling"];
  config["rope_parameters"]["rope_theta"] = config["rope_theta"];
  config.erase("rope_scaling");
  config.erase("rope_theta");
  folder.file("third/config.json", config.dump());
  EXPECT_EQ(LlamaFile(folder / "third").config().frequencies, before);
  EXPECT_NEAR(before[7], third.frequencies[7], 1e-12);
}

TEST(Llama, the_mean_is_that_of_the_last_states_of_all_beginnings) {
  const LlamaEncoder last = load("tiny.gguf"), mean = load("tiny.gguf", {.text_pool = Pool::mean});
  const TokenizedText text = last.tokenize("Age: 45. Sex: female. Site: back.", Truncate::end);
  std::vector<TokenizedText> beginnings;
  for (int64_t n = 1; n <= text.length; ++n) {
    beginnings.push_back({{text.ids.begin(), text.ids.begin() + n}, n, n});
  }
  const Matrix states = encode_all(last, beginnings);
  // Beside the others, so that its states lie in several segments of the tree.
  std::vector<TokenizedText> beside = some_texts(mean);
  beside.push_back(text);
  const Matrix means = encode_all(mean, beside);
  for (int64_t j = 0; j < states.cols(); ++j) {
    double sum = 0;
    for (int64_t i = 0; i < states.rows(); ++i) sum += states(i, j);
    EXPECT_NEAR(means(means.rows() - 1, j), sum / static_cast<double>(states.rows()), 2e-6);
  }
}

TEST(Llama, less_memory_means_more_passes_and_the_same_vectors) {
  const LlamaEncoder encoder = load("tiny.gguf");
  const std::vector<TokenizedText> texts = some_texts(encoder);
  const Matrix whole = encode_all(encoder, texts);
  const TextPlan plan = encoder.plan(texts, {.threads = 1});
  const LlamaMemory need = llama_memory(LlamaFile(models() / "tiny.gguf"), Precision::fp32, 1);
  EXPECT_EQ(plan.memory, need.fixed + plan.nodes * need.per_node);
  TextWork work{.threads = 1, .memory = need.fixed + plan.nodes / 4 * need.per_node};
  const TextPlan less = encoder.plan(texts, work);
  EXPECT_GE(less.passes, 4);
  EXPECT_LE(less.memory, work.memory);
  EXPECT_GT(less.nodes, plan.nodes);
  EXPECT_EQ(encode_all(encoder, texts, work), whole);
  work.memory = need.fixed + 5 * need.per_node;
  expect_user_error([&] { encode_all(encoder, texts, work); }, "give --memory at least that");
}

/// Asks for an interruption after so many units.
class Interrupting : public Progress {
 public:
  explicit Interrupting(int64_t after) : left_(after) {}
  void begin(std::string_view, std::string_view, int64_t) override {}
  void advance(int64_t units) override {
    done += units;
    left_ -= units;
    if (left_ < 0) request_interrupt();
  }
  void end() override {}
  void note(std::string_view line) override { notes.emplace_back(line); }
  void problem(std::string_view) override {}

  int64_t done = 0;
  std::vector<std::string> notes;

 private:
  int64_t left_;
};

TEST(Llama, goes_on_after_an_interruption_and_ends_with_the_same_bits) {
  const LlamaEncoder encoder = load("tiny.gguf");
  const std::vector<TokenizedText> texts = some_texts(encoder);
  const Matrix whole = encode_all(encoder, texts);
  const TextPlan plan = encoder.plan(texts, {});
  const LlamaMemory need = llama_memory(LlamaFile(models() / "tiny.gguf"), Precision::fp32, 1);
  for (const int64_t passes : {1, 2}) {
    const TemporaryFolder folder;
    TextWork work{.threads = 1,
                  .memory = need.fixed + (plan.nodes / passes + 20) * need.per_node,
                  .checkpoint = folder / "table.csv",
                  .checkpoint_seconds = 0};
    Matrix vectors(whole.rows(), whole.cols());
    const auto receive = [&](int64_t first, MatrixView<const float> some) {
      std::copy_n(some.data, some.cols, vectors.row(first));
    };
    // In the second layer of the last pass.
    Interrupting interrupting(plan.nodes * 3 * (passes - 1) / passes + plan.nodes / passes + 40);
    EXPECT_THROW(encoder.encode_all(texts, work, receive, interrupting), Interrupted);
    clear_interrupt();
    EXPECT_TRUE(
        std::filesystem::exists(folder / ("table.csv.resume" + std::to_string(passes - 1))));

    vectors = Matrix(whole.rows(), whole.cols());
    Interrupting counting(INT64_MAX);
    encoder.encode_all(texts, work, receive, counting);
    ASSERT_EQ(counting.notes, std::vector<std::string>{"going on after layer 1 of 3"});
    EXPECT_EQ(vectors, whole);
    remove_checkpoints(work.checkpoint);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

TEST(Llama, another_job_does_not_take_up_what_this_one_left) {
  const LlamaEncoder encoder = load("tiny.gguf"),
                     mean = load("tiny.gguf", {.text_pool = Pool::mean});
  std::vector<TokenizedText> texts = some_texts(encoder);
  const TemporaryFolder folder;
  const TextWork work{.threads = 1, .checkpoint = folder / "table.csv"};
  encode_all(encoder, texts, work);
  EXPECT_EQ(encode_all(mean, texts, work), encode_all(mean, texts));
  texts.pop_back();
  EXPECT_EQ(encode_all(encoder, texts, work), encode_all(encoder, texts));
  test::TemporaryFolder damaged;
  std::filesystem::copy(folder / "table.csv.resume0", damaged / "table.csv.resume0");
  std::filesystem::resize_file(damaged / "table.csv.resume0", 100);
  EXPECT_EQ(encode_all(encoder, texts, {.threads = 1, .checkpoint = damaged / "table.csv"}),
            encode_all(encoder, texts));
}

TEST(Llama, long_texts_are_cut_to_the_context) {
  const LlamaEncoder encoder = load("tiny.gguf");
  std::string text;
  for (int i = 0; i < 400; ++i) text += "word ";
  EXPECT_EQ(encoder.max_tokens(), 128);
  const TokenizedText cut = encoder.tokenize(text, Truncate::end);
  EXPECT_EQ(cut.length, 128);
  EXPECT_TRUE(cut.truncated());
  encode_all(encoder, std::span(&cut, 1));
}

TEST(Llama, refuses_what_it_cannot_read) {
  expect_user_error([] { load("tiny.gguf", {.text_pool = Pool::cls}); }, "it has last, mean");
  expect_user_error([] { LlamaEncoder("/nowhere/x.gguf", {}); }, "/nowhere/x.gguf: no such file");
  const TemporaryFolder folder;
  const auto text = folder.file("text.gguf", "not a model at all");
  expect_user_error([&] { LlamaEncoder(text, {}); }, text.string());
  expect_user_error([] { load_encoder(models() / "tiny.gguf", {.image = true, .text = false}); },
                    "give it as --text-encoder");

  // A folder whose config.json promises another shape.
  const auto copy = folder / "copy";
  std::filesystem::copy(models() / "tiny", copy, std::filesystem::copy_options::recursive);
  std::string config = test::read_text(copy / "config.json");
  config.replace(config.find("\"intermediate_size\": 176"), 24, "\"intermediate_size\": 180");
  std::ofstream(copy / "config.json") << config;
  expect_user_error([&] { LlamaEncoder(copy, {}); }, "layers.0.mlp.gate_proj.weight");
}

TEST(Llama, a_file_that_changes_while_it_is_read_is_noticed) {
  const TemporaryFolder folder;
  std::filesystem::copy(models() / "tiny.gguf", folder / "copy.gguf");
  const LlamaEncoder encoder(folder / "copy.gguf", {});
  const std::vector<TokenizedText> texts = some_texts(encoder);
  std::filesystem::last_write_time(
      folder / "copy.gguf",
      std::filesystem::file_time_type::clock::now() + std::chrono::seconds(10));
  expect_user_error([&] { encode_all(encoder, texts); }, "was changed while it was being read");
}

}  // namespace
}  // namespace puente
