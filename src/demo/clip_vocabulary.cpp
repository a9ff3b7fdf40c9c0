#include "demo/clip_vocabulary.h"

#include "base/error.h"
#include "text/bpe.h"
#include "text/clip_files.h"

namespace puente {
namespace {

ClipVocabulary byte_vocabulary() {
  ClipVocabulary bytes;
  bytes.tokens = byte_symbols_in_order();
  for (const std::string& symbol : byte_symbols_in_order()) {
    bytes.tokens.push_back(symbol + std::string(kClipEndOfWord));
  }
  bytes.start = static_cast<int64_t>(bytes.tokens.size());
  bytes.tokens.push_back("<|startoftext|>");
  bytes.end = static_cast<int64_t>(bytes.tokens.size());
  bytes.tokens.push_back("<|endoftext|>");
  return bytes;
}

ClipVocabulary read_vocabulary(const std::filesystem::path& path) {
  ClipFiles read = read_clip_files(path);
  ClipVocabulary vocabulary;
  vocabulary.merges = std::move(read.merges);
  vocabulary.start = read.start;
  vocabulary.end = read.end;
  vocabulary.tokens.resize(read.vocabulary.size());
  for (const auto& [token, id] : read.vocabulary) {
    if (id < 0 || static_cast<size_t>(id) >= vocabulary.tokens.size()) {
      fail("{}: the ids of its tokens have holes; give another vocabulary", path.string());
    }
    vocabulary.tokens[static_cast<size_t>(id)] = token;
  }
  return vocabulary;
}

}  // namespace

ClipVocabulary clip_vocabulary(const std::filesystem::path& path, int64_t limit) {
  ClipVocabulary vocabulary = path.empty() ? byte_vocabulary() : read_vocabulary(path);
  if (static_cast<int64_t>(vocabulary.tokens.size()) > limit) {
    fail("{}: has {} tokens, which is more than the model's {}",
         path.empty() ? "the byte vocabulary" : path.string(), vocabulary.tokens.size(), limit);
  }
  return vocabulary;
}

std::vector<NamedFile> tokenizer_files(const ClipVocabulary& vocabulary) {
  Json ids = Json::object();
  // Not by key: an ordered object would look every key up first.
  auto& entries = ids.get_ref<Json::object_t&>();
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    entries.emplace_back(vocabulary.tokens[id], static_cast<int64_t>(id));
  }
  std::string merges = "#version: 0.2\n";
  for (const auto& [left, right] : vocabulary.merges) merges += left + " " + right + "\n";
  return {{"vocab.json", ids.dump()}, {"merges.txt", merges}};
}

}  // namespace puente
