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
        end(files.end) {
    for (const auto& [token, id] : files.vocabulary)
      size = std::max<int64_t>(size, int64_t{id} + 1);
    for (const AddedToken& token : files.added) {
      size = std::max<int64_t>(size, int64_t{token.id} + 1);
      const std::u32string content = decode_utf8(token.content);
      if (token.normalized) {
        in_normalised.add(normaliser(content), token.id);
      } else {
        in_raw.add(content, token.id);
      }
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
    std::vector<int32_t> ids;
    for (const Stretch& raw : in_raw.cut(text)) {
      if (raw.id >= 0) {
        ids.push_back(raw.id);
        continue;
      }
      const std::u32string normal = normaliser(raw.text);
      for (const Stretch& stretch : in_normalised.cut(normal)) {
        if (stretch.id >= 0) {
          ids.push_back(stretch.id);
        } else {
          encode_words(stretch.text, ids);
        }
      }
    }
    return ids;
  }

  BertNormaliser normaliser;
  WordPiece pieces;
  AddedTokenFinder in_raw;
  AddedTokenFinder in_normalised;
  int32_t start;
  int32_t end;
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

}  // namespace puente
