#include "text/clip_tokenizer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "text/added_tokens.h"
#include "text/bpe.h"
#include "text/byte_piece_kinds.h"
#include "text/clip_files.h"
#include "text/frame.h"
#include "text/unicode.h"

namespace puente {
namespace {

std::u32string normalise(std::u32string_view text) {
  return to_lower(collapse_whitespace(to_nfc(std::u32string(text))));
}

/// Length of 's 't 're 've 'm 'll 'd at the start of `text`, or 0.
size_t contraction_length(std::u32string_view text) {
  for (const std::u32string_view ending : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"}) {
    if (text.starts_with(ending)) return ending.size();
  }
  return 0;
}

/// Length of the word at the start of `text` (not empty), by the first that fits of
///   's|'t|'re|'ve|'m|'ll|'d | [\p{L}]+ | [\p{N}] | [^\s\p{L}\p{N}]+
/// or 0 where white space starts, which belongs to no word.
size_t word_length(std::u32string_view text) {
  if (const size_t length = contraction_length(text); length > 0) return length;
  const CharKind kind = kind_of(text.front());
  if (kind == CharKind::space) return 0;
  if (kind == CharKind::number) return 1;
  size_t length = 1;
  while (length < text.size() && kind_of(text[length]) == kind) ++length;
  return length;
}

}  // namespace

struct ClipTokenizer::Impl {
  explicit Impl(ClipFiles files)
      : bpe(files.vocabulary, files.merges, kClipEndOfWord, files.unknown, files.merges_source,
            files.first_merge_line),
        start(files.start),
        end(files.end) {
    for (const auto& [token, id] : files.vocabulary) {
      size = std::max<int64_t>(size, id + 1);
      const std::string_view symbols = token;
      kinds.add(id, symbols.substr(
                        0, symbols.size() -
                               (symbols.ends_with(kClipEndOfWord) ? kClipEndOfWord.size() : 0)));
    }
    if (files.unknown != files.end) kinds.set_unknown(files.unknown);
    for (const AddedToken& token : files.added) {
      added.add(token, normalise);
    }
  }

  void encode_words(std::u32string_view text, std::vector<int32_t>& ids) const {
    std::string word;
    while (!text.empty()) {
      const size_t length = word_length(text);
      if (length > 0) {
        word.clear();
        for (char32_t c : text.substr(0, length)) append_utf8(c, word);
        bpe.encode(word, ids);
      }
      text.remove_prefix(std::max<size_t>(length, 1));
    }
  }

  /// Without start and end token.
  std::vector<int32_t> encode(std::u32string_view text) const {
    return added.encode(
        text, normalise,
        [this](std::u32string_view rest, std::vector<int32_t>& ids) { encode_words(rest, ids); });
  }

  Bpe bpe;
  AddedTokens added;
  int32_t start;
  int32_t end;
  BytePieceKinds kinds;
  int64_t size = 0;
};

ClipTokenizer::ClipTokenizer(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>(read_clip_files(path))) {}
ClipTokenizer::~ClipTokenizer() = default;
ClipTokenizer::ClipTokenizer(ClipTokenizer&&) noexcept = default;

TokenizedText ClipTokenizer::encode(std::string_view text, int64_t max_tokens,
                                    Truncate truncate) const {
  const std::u32string decoded = decode_utf8(text);
  return frame(impl_->encode(decoded), impl_->start, impl_->end, max_tokens, truncate, decoded);
}

int64_t ClipTokenizer::vocabulary_size() const { return impl_->size; }
TokenKind ClipTokenizer::kind_of(int32_t id) const { return impl_->kinds.of(id); }
int32_t ClipTokenizer::start_token() const { return impl_->start; }
int32_t ClipTokenizer::end_token() const { return impl_->end; }

}  // namespace puente
