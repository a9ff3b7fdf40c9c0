// LLaMA on trained weights: the model writes the story that llama2.c has it write.
#include "stories.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "encoders/llama_file.h"
#include "encoders/llama_tree.h"
#include "support/files.h"
#include "support/vectors.h"
#include "text/gguf_vocabulary.h"

namespace puente {
namespace {

/// Logits after every token of `ids` [T, V].
Matrix logits_of(const LlamaFile& file, std::span<const int32_t> ids, Precision precision) {
  const TokenTree tree{std::span<const std::span<const int32_t>>(&ids, 1)};
  LlamaTree states(file, tree, {}, precision, 1);
  while (states.layer() < states.layers()) states.next_layer([](int64_t) {});
  Matrix last(tree.nodes(), file.config().hidden);
  for (int32_t node = 0; node < tree.nodes(); ++node) {
    std::ranges::copy(states.last_state(node), last.row(node));
  }
  rms_norm(last, states.final_norm(), last.view());
  Matrix logits(last.rows(), file.config().vocabulary);
  Operand operand;
  file.logits(1).forward(last, Activation::none, logits.view(), operand);
  return logits;
}

int32_t likeliest(std::span<const float> logits) {
  return static_cast<int32_t>(std::ranges::max_element(logits) - logits.begin());
}

std::string text_of(std::span<const int32_t> ids, const SentencePieceVocabulary& vocabulary) {
  std::string text;
  for (const int32_t id : ids.subspan(1)) {
    const std::string& piece = vocabulary.pieces[static_cast<size_t>(id)];
    const int byte = byte_of_piece(piece);
    if (byte >= 0) {
      text += static_cast<char>(byte);
      continue;
    }
    text += piece;
  }
  for (size_t at = 0; (at = text.find("\u2581", at)) != std::string::npos;)
    text.replace(at, 3, " ");
  return text.substr(text.starts_with(' ') ? 1 : 0);
}

class Stories : public testing::Test {
 protected:
  void SetUp() override {
    shared_ = test::shared_data("weights/stories260K");
    if (shared_.empty()) GTEST_SKIP() << "the shared data are not beside this checkout";
    test::write_stories(shared_, folder_ / "f32.gguf", GgmlType::kF32);
    test::write_stories(shared_, folder_ / "q8_0.gguf", GgmlType::kQ8_0);
    expected_ = test::read_text(shared_ / "greedy_t0_expected.txt");
    while (expected_.ends_with('\n')) expected_.pop_back();
  }

  /// The likeliest token after all so far, again and again, as long as the expected text.
  std::vector<int32_t> write_on(const LlamaFile& file, const SentencePieceVocabulary& vocabulary,
                                Precision precision) const {
    std::vector<int32_t> ids = {vocabulary.start};
    while (ids.size() < 300 && text_of(ids, vocabulary).size() < expected_.size()) {
      const Matrix logits = logits_of(file, ids, precision);
      ids.push_back(likeliest(logits.row_span(logits.rows() - 1)));
    }
    return ids;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path shared_;
  std::string expected_;
};

TEST_F(Stories, the_likeliest_continuation_is_llama2_cs) {
  const LlamaFile file(folder_ / "f32.gguf");
  const SentencePieceVocabulary vocabulary =
      read_sentencepiece_vocabulary(GgufFile(folder_ / "f32.gguf"));
  EXPECT_EQ(text_of(write_on(file, vocabulary, Precision::fp32), vocabulary), expected_);
}

TEST_F(Stories, eight_bits_keep_the_logits) {
  const LlamaFile exact(folder_ / "f32.gguf"), file(folder_ / "q8_0.gguf");
  const SentencePieceVocabulary vocabulary =
      read_sentencepiece_vocabulary(GgufFile(folder_ / "f32.gguf"));
  // The expected text's own tokens, so that one slip does not make all that follows another story.
  const std::vector<int32_t> ids = write_on(exact, vocabulary, Precision::fp32);
  const Matrix expected = logits_of(exact, ids, Precision::fp32);
  for (const Precision precision : {Precision::fp32, Precision::int8}) {
    const Matrix logits = logits_of(file, ids, precision);
    double lowest = 1;
    int64_t same = 0, first_difference = -1;
    for (int64_t t = 0; t < logits.rows(); ++t) {
      lowest = std::min(lowest, test::cosine(logits.row_span(t), expected.row_span(t)));
      const bool agrees = likeliest(logits.row_span(t)) == likeliest(expected.row_span(t));
      same += agrees;
      if (!agrees && first_difference < 0) first_difference = t;
    }
    const std::string what(name_of(precision));
    RecordProperty(what + "_lowest_cosine", fmt::format("{:.6f}", lowest));
    RecordProperty(what + "_same_token", fmt::format("{} of {}", same, logits.rows()));
    RecordProperty(what + "_first_difference", std::to_string(first_difference));
    EXPECT_GE(lowest, 0.999) << what;
    EXPECT_GE(same, logits.rows() * 95 / 100) << what;
  }
}

}  // namespace
}  // namespace puente
