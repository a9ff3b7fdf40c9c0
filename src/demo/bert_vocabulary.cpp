#include "demo/bert_vocabulary.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/file_status.h"
#include "base/mapped_file.h"

namespace puente {
namespace {

constexpr const char* kSpecials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
// So that some words are one token and some are several that are longer than a character.
constexpr const char* kWords[] = {"the",  "no",   "not",  "of",     "age",   "sex",
                                  "male", "site", "back", "femal",  "##ing", "##ed",
                                  "##e",  "##s",  "##al", "##itis", "un",    "diabet"};

std::vector<std::string> characters() {
  std::vector<std::string> tokens(std::begin(kSpecials), std::end(kSpecials));
  std::set<std::string> known(tokens.begin(), tokens.end());
  const auto add = [&](std::string token) {
    if (known.insert(token).second) tokens.push_back(std::move(token));
  };
  for (char c = '!'; c <= '~'; ++c) {
    if (!std::isupper(static_cast<unsigned char>(c))) add(std::string(1, c));
  }
  for (char c = '!'; c <= '~'; ++c) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) && !std::isupper(u)) add(std::string("##") + c);
  }
  for (const char* word : kWords) add(word);
  return tokens;
}

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  const MappedFile file(path);
  std::vector<std::string> lines;
  for (std::string_view rest = file.text(); !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

void check(const BertVocabulary& vocabulary) {
  std::set<std::string_view> known;
  std::string_view twice;
  for (const std::string& token : vocabulary.tokens) {
    if (!known.insert(token).second) twice = token;
  }
  for (const char* special : kSpecials) {
    if (!known.contains(special)) {
      fail("{}: has no token {}; give the vocab.txt of a BERT model", vocabulary.source.string(),
           special);
    }
  }
  if (known.size() < vocabulary.tokens.size()) {
    fail("{}: has the token \"{}\" twice; a vocabulary has each once", vocabulary.source.string(),
         twice);
  }
}

Json special(const char* token, int type) {
  return {{"SpecialToken", {{"id", token}, {"type_id", type}}}};
}

Json sequence(const char* name, int type) {
  return {{"Sequence", {{"id", name}, {"type_id", type}}}};
}

/// [CLS] text [SEP], and for two texts [CLS] text [SEP] text [SEP].
Json post_processor(const BertVocabulary& vocabulary) {
  Json tokens = Json::object();
  for (const char* token : {"[CLS]", "[SEP]"}) {
    const auto id = std::ranges::find(vocabulary.tokens, token) - vocabulary.tokens.begin();
    tokens[token] = {{"id", token}, {"ids", Json::array({id})}, {"tokens", Json::array({token})}};
  }
  const Json single = Json::array({special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)});
  Json pair = single;
  pair.push_back(sequence("B", 1));
  pair.push_back(special("[SEP]", 1));
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", pair},
          {"special_tokens", tokens}};
}

Json tokenizer_json(const BertVocabulary& vocabulary) {
  Json ids = Json::object();
  // Not by key: an ordered object would look every key up first.
  auto& entries = ids.get_ref<Json::object_t&>();
  Json added = Json::array();
  for (size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    const std::string& token = vocabulary.tokens[i];
    const auto id = static_cast<int64_t>(i);
    entries.emplace_back(token, id);
    if (std::ranges::find(kSpecials, token) == std::end(kSpecials)) continue;
    added.push_back({{"id", id},
                     {"special", true},
                     {"content", token},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false}});
  }
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", true},
            {"strip_accents", nullptr},
            {"lowercase", true}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor", post_processor(vocabulary)},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", "[UNK]"},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100},
            {"vocab", ids}}}};
}

}  // namespace

BertVocabulary bert_vocabulary(const std::filesystem::path& path) {
  if (path.empty()) return {characters(), {}};
  BertVocabulary vocabulary;
  vocabulary.source = is_folder(path) ? path / "vocab.txt" : path;
  vocabulary.tokens = read_lines(vocabulary.source);
  check(vocabulary);
  return vocabulary;
}

std::vector<NamedFile> tokenizer_files(const BertVocabulary& vocabulary) {
  std::string lines;
  for (const std::string& token : vocabulary.tokens) lines += token + "\n";
  return {{"vocab.txt", lines}, {"tokenizer.json", tokenizer_json(vocabulary).dump()}};
}

}  // namespace puente
