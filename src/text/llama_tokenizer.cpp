#include "text/llama_tokenizer.h"

#include <optional>
#include <string>
#include <variant>

#include "base/error.h"
#include "text/frame.h"
#include "text/sentencepiece_bpe.h"
#include "text/sentencepiece_model.h"
#include "text/tokenizer_config.h"
#include "text/unicode.h"

namespace puente {
namespace {

std::filesystem::path model_file(const std::filesystem::path& folder) {
  std::error_code ignored;
  const auto path = folder / "tokenizer.model";
  if (std::filesystem::exists(path, ignored)) return path;
  if (!std::filesystem::is_directory(folder, ignored)) {
    fail("{}: no such folder; expected one with a LLaMA tokenizer", folder.string());
  }
  fail(
      "{}: no tokenizer.model here (a LLaMA-3 has tokenizer.json); download it from where the "
      "model came from into this folder",
      folder.string());
}

}  // namespace

struct LlamaTokenizer::Impl {
  explicit Impl(const std::filesystem::path& folder)
      : pieces(SentencePieceModel(model_file(folder), SpacePrefix::as_the_model_says)) {
    const auto& model = std::get<SentencePieceModel>(pieces);
    const TokenizerConfig config = read_tokenizer_config(folder);
    const auto id_of = [&](const char* name, const std::optional<int32_t>& id) {
      if (!id) fail("{}: the model has no {} token", model_file(folder).string(), name);
      return id;
    };
    if (config.get("add_bos_token", true).value_or(false)) start = id_of("start", model.start());
    if (config.get("add_eos_token", false).value_or(false)) end = id_of("end", model.end());
  }

  explicit Impl(const SentencePieceVocabulary& vocabulary) : pieces(SentencePieceBpe(vocabulary)) {
    if (vocabulary.add_start) start = vocabulary.start;
    if (vocabulary.add_end) end = vocabulary.end;
  }

  std::variant<SentencePieceModel, SentencePieceBpe> pieces;
  std::optional<int32_t> start;
  std::optional<int32_t> end;
};

LlamaTokenizer::LlamaTokenizer(const std::filesystem::path& folder)
    : impl_(std::make_unique<Impl>(folder)) {}
LlamaTokenizer::LlamaTokenizer(const SentencePieceVocabulary& vocabulary)
    : impl_(std::make_unique<Impl>(vocabulary)) {}
LlamaTokenizer::~LlamaTokenizer() = default;
LlamaTokenizer::LlamaTokenizer(LlamaTokenizer&&) noexcept = default;

TokenizedText LlamaTokenizer::encode(std::string_view text, int64_t max_tokens,
                                     Truncate truncate) const {
  const std::u32string decoded = decode_utf8(text);
  const std::string valid = encode_utf8(decoded);
  const std::vector<int32_t> ids =
      std::visit([&](const auto& pieces) { return pieces.encode(valid); }, impl_->pieces);
  return frame(ids, impl_->start, impl_->end, max_tokens, truncate, decoded);
}

int64_t LlamaTokenizer::vocabulary_size() const {
  return std::visit([](const auto& pieces) { return pieces.size(); }, impl_->pieces);
}

TokenKind LlamaTokenizer::kind_of(int32_t id) const {
  return std::visit([id](const auto& pieces) { return pieces.kind_of(id); }, impl_->pieces);
}

}  // namespace puente
