#include "text/siglip_tokenizer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "text/added_tokens.h"
#include "text/frame.h"
#include "text/sentencepiece_model.h"
#include "text/tokenizer_config.h"
#include "text/unicode.h"

namespace puente {
namespace {

constexpr std::u32string_view kPieceBlank = U"\u2581";  // how SentencePiece writes a space

bool is_ascii_punctuation(char32_t c) {
  return (c >= 0x21 && c <= 0x2f) || (c >= 0x3a && c <= 0x40) || (c >= 0x5b && c <= 0x60) ||
         (c >= 0x7b && c <= 0x7e);
}

/// Python's str.isspace, which knows four separators more than the property White_Space.
bool is_python_space(char32_t c) { return (c >= 0x1c && c <= 0x1f) || is_whitespace(c); }

/// Without punctuation; runs of white space become one space, and none is left at either end.
std::string canonical(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  bool after_space = false;
  for (const char32_t c : text) {
    if (is_ascii_punctuation(c)) continue;
    if (is_python_space(c)) {
      after_space = true;
      continue;
    }
    if (after_space && !out.empty()) out.push_back(' ');
    after_space = false;
    append_utf8(c, out);
  }
  return out;
}

std::filesystem::path siglip_model_file(const std::filesystem::path& folder) {
  std::error_code ignored;
  const auto path = folder / "spiece.model";
  if (std::filesystem::exists(path, ignored)) return path;
  if (!std::filesystem::is_directory(folder, ignored)) {
    fail("{}: no such folder; expected one with a SigLIP tokenizer", folder.string());
  }
  const bool has_json = std::filesystem::exists(folder / "tokenizer.json", ignored);
  fail("{}: {}; download spiece.model from where the model came from into this folder",
       folder.string(),
       has_json ? "has tokenizer.json but no spiece.model, which SigLIP's texts are read with"
                : "no spiece.model here");
}

}  // namespace

struct SiglipTokenizer::Impl {
  explicit Impl(const std::filesystem::path& folder)
      : source(siglip_model_file(folder)), model(source), size(model.size()) {
    const TokenizerConfig config = read_tokenizer_config(folder);
    lower_case = config.get("do_lower_case", true).value_or(true);
    for (const AddedToken& token : config.added) {
      const std::u32string content = decode_utf8(token.content);
      size = std::max<int64_t>(size, int64_t{token.id} + 1);
      whole.add(content, token.id);
      if (token.normalized) keeping_case.add(content, token.id);
    }
    for (const auto& [name, token] : config.special) add_special(token.content, config.added);
    for (const AddedToken& token : config.more_special) add_special(token.content, config.added);
    const auto required = [&](const char* name, const char* otherwise) {
      const std::string content = config.special_token(name, otherwise);
      const std::optional<int32_t> id = add_special(content, config.added);
      if (!id) fail("{}: has no piece {}; it is not SigLIP's model", source, content);
      return std::pair(content, *id);
    };
    end = required("eos_token", "</s>").second;
    padding = required("pad_token", "</s>").second;
    lead = required("unk_token", "<unk>").first;
    lead_length = static_cast<ptrdiff_t>(model.encode(lead).size());
    blank = model.find(encode_utf8(kPieceBlank)).value_or(-1);
  }

  /// The token's id; nothing where it has none.
  std::optional<int32_t> add_special(const std::string& content,
                                     const std::vector<AddedToken>& added) {
    const auto listed = std::find_if(added.begin(), added.end(), [&](const AddedToken& token) {
      return token.content == content;
    });
    const std::optional<int32_t> id =
        listed != added.end() ? std::optional(listed->id) : model.find(content);
    if (id) {
      whole.add(decode_utf8(content), *id);
      keeping_case.add(decode_utf8(content), *id);
      special.insert(*id);
    }
    return id;
  }

  std::u32string lower(std::u32string_view text) const {
    std::u32string out;
    for (const TextStretch& stretch : keeping_case.cut(text)) {
      out += stretch.id >= 0 ? std::u32string(stretch.text) : to_lower(stretch.text);
    }
    return out;
  }

  /// The pieces of a text between special tokens. It follows the unknown token's text, whose pieces
  /// are taken off again: alone, the library would strip the blank that a text starts with.
  std::vector<int32_t> encode_stretch(std::u32string_view text) const {
    std::vector<int32_t> ids = model.encode(lead + canonical(text));
    const auto length = static_cast<ptrdiff_t>(ids.size());
    if (length >= lead_length) ids.erase(ids.begin(), ids.begin() + lead_length);
    return ids;
  }

  /// Without the end token and padding.
  std::vector<int32_t> encode(std::u32string_view text) const {
    std::u32string whole_text(kPieceBlank);
    whole_text += lower_case ? lower(text) : std::u32string(text);
    std::replace(whole_text.begin() + 1, whole_text.end(), kPieceBlank[0], U' ');

    std::vector<int32_t> ids;
    for (const TextStretch& stretch : whole.cut(whole_text)) {
      if (stretch.id < 0) {
        const std::vector<int32_t> pieces = encode_stretch(stretch.text);
        ids.insert(ids.end(), pieces.begin(), pieces.end());
        continue;
      }
      // The blank before a text that starts with a special token is none of its own.
      if (ids.size() == 1 && ids[0] == blank && special.contains(stretch.id)) ids.clear();
      ids.push_back(stretch.id);
    }
    return ids;
  }

  std::string source;
  SentencePieceModel model;
  bool lower_case = true;
  AddedTokenFinder whole;         // tokens that stand whole in a text
  AddedTokenFinder keeping_case;  // those of them that are not lower-cased before they are found
  std::unordered_set<int32_t> special;
  std::string lead;           // the unknown token's text
  ptrdiff_t lead_length = 0;  // in pieces
  int32_t blank = -1;
  int32_t end = 0;
  int32_t padding = 0;
  int64_t size;
};

SiglipTokenizer::SiglipTokenizer(const std::filesystem::path& folder)
    : impl_(std::make_unique<Impl>(folder)) {}
SiglipTokenizer::~SiglipTokenizer() = default;
SiglipTokenizer::SiglipTokenizer(SiglipTokenizer&&) noexcept = default;

TokenizedText SiglipTokenizer::encode(std::string_view text, int64_t max_tokens,
                                      Truncate truncate) const {
  if (max_tokens < 1) {
    fail("a text model with room for {} tokens cannot hold even the end token", max_tokens);
  }
  const std::u32string decoded = decode_utf8(text);
  TokenizedText result;
  std::vector<int32_t>& ids = result.ids;
  ids = impl_->encode(decoded);
  const auto ends = [&] { return !ids.empty() && ids.back() == impl_->end; };
  result.full_length = static_cast<int64_t>(ids.size()) + (ends() ? 0 : 1);
  if (truncate == Truncate::error) {
    if (result.full_length > max_tokens) fail_too_long(result.full_length, max_tokens, decoded);
  } else if (static_cast<int64_t>(ids.size()) >= max_tokens) {
    // Room is kept for an end token even where the text has one, as transformers does.
    const auto kept = static_cast<ptrdiff_t>(max_tokens) - 1;
    if (truncate == Truncate::start) {
      ids.erase(ids.begin(), ids.end() - kept);
    } else {
      ids.erase(ids.begin() + kept, ids.end());
    }
  }
  if (!ends()) ids.push_back(impl_->end);
  result.length = static_cast<int64_t>(ids.size());
  ids.resize(static_cast<size_t>(max_tokens), impl_->padding);
  return result;
}

int64_t SiglipTokenizer::vocabulary_size() const { return impl_->size; }

TokenKind SiglipTokenizer::kind_of(int32_t id) const { return impl_->model.kind_of(id); }

}  // namespace puente
