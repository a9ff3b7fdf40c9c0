#include "text/bert_tokenizer.h"

#include <algorithm>
#include <string>

#include "text/added_tokens.h"
#include "text/bert_files.h"
#include "text/frame.h"
#include "text/unicode.h"
#include "text/wordpiece.h"

namespace puente {

struct BertTokenizer::Impl {
  explicit Impl(const BertFiles& files)
      : normaliser(files.normaliser),
        pieces(files.vocabulary, files.continuing, files.longest_word, files.unknown),
        start(files.start),
        end(files.end),
        unknown(files.unknown) {
    for (const auto& [token, id] : files.vocabulary)
      size = std::max<int64_t>(size, int64_t{id} + 1);
    for (const AddedToken& token : files.added) {
      size = std::max<int64_t>(size, int64_t{token.id} + 1);
      added.add(token, normaliser);
    }
  }

  void encode_words(std::u32string_view text, std::vector<int32_t>& ids) const {
    while (!text.empty()) {
      const size_t length = bert_word_length(text);
      if (length > 0) pieces.encode(text.substr(0, length), ids);
      text.remove_prefix(std::max<size_t>(length, 1));
    }
  }

  /// Without [CLS] and [SEP].
  std::vector<int32_t> encode(std::u32string_view text) const {
    return added.encode(
        text, normaliser,
        [this](std::u32string_view rest, std::vector<int32_t>& ids) { encode_words(rest, ids); });
  }

  BertNormaliser normaliser;
  WordPiece pieces;
  AddedTokens added;
  int32_t start;
  int32_t end;
  int32_t unknown;
  int64_t size = 0;
};

BertTokenizer::BertTokenizer(const std::filesystem::path& folder)
    : impl_(std::make_unique<Impl>(read_bert_files(folder))) {}
BertTokenizer::~BertTokenizer() = default;
BertTokenizer::BertTokenizer(BertTokenizer&&) noexcept = default;

TokenizedText BertTokenizer::encode(std::string_view text, int64_t max_tokens,
                                    Truncate truncate) const {
  const std::u32string decoded = decode_utf8(text);
  return frame(impl_->encode(decoded), impl_->start, impl_->end, max_tokens, truncate, decoded);
}

int64_t BertTokenizer::vocabulary_size() const { return impl_->size; }

TokenKind BertTokenizer::kind_of(int32_t id) const {
  return id == impl_->unknown ? TokenKind::unknown : TokenKind::text;
}

}  // namespace puente
