#include "text/clip_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <zlib.h>

#include "base/error.h"
#include "base/mapped_file.h"
#include "text/tokenizer_json.h"

namespace puente {
namespace {

constexpr std::string_view kStart = "<|startoftext|>";
constexpr std::string_view kEnd = "<|endoftext|>";
// 49,152 tokens less the 256 bytes and the two special tokens, the arithmetic of OpenAI's code.
constexpr size_t kMaxMerges = 49152 - 256 - 2;
// The real file has 3.2 MB; a compressed one that swells beyond this is not a list of merges.
constexpr size_t kMaxMergesBytes = 64u << 20;

/// The lines of a merges file after its first, up to kMaxMerges.
std::vector<BpeMerge> parse_merges(std::string_view text, const std::string& source) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const size_t last = text.find_last_not_of(kBlank);
  text = text.substr(0, last == text.npos ? 0 : last + 1);
  std::vector<BpeMerge> merges;
  int64_t line_number = 1;
  size_t begin = std::min(text.find('\n'), text.size());
  while (begin < text.size() && merges.size() < kMaxMerges) {
    const size_t end = std::min(text.find('\n', ++begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end;
    ++line_number;
    std::vector<std::string_view> parts;
    while (parts.size() < 3) {
      const size_t from = line.find_first_not_of(kBlank);
      if (from == line.npos) break;
      const size_t to = std::min(line.find_first_of(kBlank, from), line.size());
      parts.push_back(line.substr(from, to - from));
      line.remove_prefix(to);
    }
    if (parts.size() != 2) {
      fail("{}: line {}: a merge is two tokens with a space between them", source, line_number);
    }
    merges.emplace_back(parts[0], parts[1]);
  }
  return merges;
}

[[noreturn]] void fail_without_merges(const std::string& source) {
  fail("{}: holds no merges; the first line is a version", source);
}

/// Bytes and special tokens alone need no merges; any longer token comes from one.
bool is_bytes_only(const Vocabulary& vocabulary) {
  size_t known = vocabulary.contains(std::string(kStart)) + vocabulary.contains(std::string(kEnd));
  for (const std::string& symbol : byte_symbols_in_order()) {
    known += vocabulary.contains(symbol);
    known += vocabulary.contains(symbol + std::string(kClipEndOfWord));
  }
  return known == vocabulary.size();
}

void find_special_tokens(ClipFiles& files, const std::string& source) {
  const auto id_of = [&](std::string_view token) {
    const auto found = files.vocabulary.find(std::string(token));
    if (found == files.vocabulary.end()) {
      fail("{}: has no token {}; it is not a CLIP vocabulary", source, token);
    }
    return found->second;
  };
  files.start = id_of(kStart);
  files.end = id_of(kEnd);
}

void add_default_special_tokens(ClipFiles& files, const std::string& source) {
  find_special_tokens(files, source);
  files.unknown = files.end;
  files.added = {{std::string(kStart), files.start, true, true},
                 {std::string(kEnd), files.end, true, true}};
}

ClipFiles read_vocab_and_merges(const std::filesystem::path& vocab,
                                const std::filesystem::path& merges) {
  ClipFiles files;
  files.vocabulary = to_vocabulary(read_object(vocab), vocab.string());
  files.merges_source = merges.string();
  files.first_merge_line = 2;
  files.merges = parse_merges(MappedFile(merges).text(), merges.string());
  add_default_special_tokens(files, vocab.string());
  if (files.merges.empty() && !is_bytes_only(files.vocabulary)) {
    fail_without_merges(merges.string());
  }
  return files;
}

ClipFiles read_tokenizer_json(const std::filesystem::path& path) {
  const std::string source = path.string();
  const SortedJson json = read_object(path);
  const SortedJson* model = member(json, "model");
  const SortedJson* vocab = model != nullptr ? member(*model, "vocab") : nullptr;
  const bool is_clip = vocab != nullptr && vocab->is_object() && has_merges(*model) &&
                       text_member(*model, "end_of_word_suffix") == kClipEndOfWord &&
                       text_member(*model, "continuing_subword_prefix").empty() &&
                       !true_member(*model, "ignore_merges") &&
                       find_step(json, "normalizer", "normalizers", "Lowercase") != nullptr &&
                       find_step(json, "pre_tokenizer", "pretokenizers", "ByteLevel") != nullptr;
  if (!is_clip) {
    fail("{}: not CLIP's tokenizer (lower-cased byte-level BPE with the suffix </w>)", source);
  }
  ClipFiles files;
  files.vocabulary = to_vocabulary(*vocab, source);
  files.merges_source = source;
  files.merges = merges_of(*model, source);
  for (AddedToken& token : added_tokens_of(json, source)) {
    token.id = files.vocabulary.emplace(token.content, token.id).first->second;
    files.added.push_back(std::move(token));
  }
  find_special_tokens(files, source);
  const std::string unknown = text_member(*model, "unk_token");
  const auto found = files.vocabulary.find(unknown);
  if (!unknown.empty() && found != files.vocabulary.end()) files.unknown = found->second;
  return files;
}

std::string inflate_file(const MappedFile& file) {
  std::string out;
  z_stream stream{};
  PUENTE_ASSERT(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
  std::vector<char> block(1 << 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.text().data()));
  stream.avail_in = static_cast<uInt>(std::min<size_t>(file.text().size(), kMaxMergesBytes));
  int status = Z_OK;
  while (status == Z_OK && out.size() <= kMaxMergesBytes) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(block.data(), block.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) {
    fail("{}: damaged or cut short; expected OpenAI's bpe_simple_vocab_16e6.txt.gz",
         file.path().string());
  }
  return out;
}

ClipFiles read_openai_merges(const std::filesystem::path& path) {
  const MappedFile file(path);
  const bool compressed = file.text().starts_with("\x1f\x8b");
  ClipFiles files;
  files.merges_source = path.string();
  files.first_merge_line = 2;
  files.merges = compressed ? parse_merges(inflate_file(file), path.string())
                            : parse_merges(file.text(), path.string());
  if (files.merges.empty()) fail_without_merges(path.string());
  // Ids are places in this list: bytes, bytes that end a word, merges, the special tokens.
  int32_t next = 0;
  const std::vector<std::string> symbols = byte_symbols_in_order();
  for (const std::string& symbol : symbols) files.vocabulary[symbol] = next++;
  for (const std::string& symbol : symbols) {
    files.vocabulary[symbol + std::string(kClipEndOfWord)] = next++;
  }
  for (const auto& [left, right] : files.merges) files.vocabulary[left + right] = next++;
  files.vocabulary[std::string(kStart)] = next++;
  files.vocabulary[std::string(kEnd)] = next++;
  add_default_special_tokens(files, path.string());
  return files;
}

}  // namespace

ClipFiles read_clip_files(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    fail("{}: no such file or folder; expected a CLIP tokenizer", path.string());
  }
  if (!std::filesystem::is_directory(path, ignored)) return read_openai_merges(path);
  const auto tokenizer = path / "tokenizer.json";
  const auto vocab = path / "vocab.json";
  const auto merges = path / "merges.txt";
  if (std::filesystem::exists(tokenizer, ignored)) return read_tokenizer_json(tokenizer);
  const bool has_vocab = std::filesystem::exists(vocab, ignored);
  const bool has_merges = std::filesystem::exists(merges, ignored);
  if (has_vocab && has_merges) return read_vocab_and_merges(vocab, merges);
  if (has_vocab) fail("{}: has vocab.json but no merges.txt beside it", path.string());
  if (has_merges) fail("{}: has merges.txt but no vocab.json beside it", path.string());
  fail("{}: no tokenizer here; expected tokenizer.json, or vocab.json and merges.txt",
       path.string());
}

}  // namespace puente
