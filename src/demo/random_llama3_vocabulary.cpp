#include "demo/random_llama3_vocabulary.h"

#include <string>

#include "base/error.h"
#include "text/llama3_words.h"

namespace puente {
namespace {

Llama3Vocabulary llama3_byte_vocabulary() {
  Llama3Vocabulary bytes;
  int32_t next = 0;
  for (const std::string& symbol : byte_symbols_in_order()) bytes.tokens[symbol] = next++;
  bytes.start = next++;
  bytes.added = {{"<|begin_of_text|>", *bytes.start, /*normalized=*/false, /*special=*/true},
                 {"<|end_of_text|>", next, /*normalized=*/false, /*special=*/true}};
  return bytes;
}

Json post_processor(const Llama3Vocabulary& vocabulary) {
  Json single = Json::array(), tokens = Json::object();
  const auto add = [&](const std::optional<int32_t>& id) {
    if (!id) return;
    const std::string name = std::to_string(*id);
    single.push_back({{"SpecialToken", {{"id", name}, {"type_id", 0}}}});
    tokens[name] = {{"id", name}, {"ids", {*id}}, {"tokens", {name}}};
  };
  add(vocabulary.start);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  add(vocabulary.end);
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", Json::array()},
          {"special_tokens", tokens}};
}

}  // namespace

Llama3Vocabulary random_llama3_vocabulary(const std::filesystem::path& path) {
  if (path.empty()) return llama3_byte_vocabulary();
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  return read_llama3_vocabulary(is_folder ? path / "tokenizer.json" : path);
}

NamedFile tokenizer_file(const Llama3Vocabulary& vocabulary) {
  Json added = Json::array(), ids = Json::object(), merges = Json::array();
  for (const AddedToken& token : vocabulary.added) {
    added.push_back({{"id", token.id},
                     {"content", token.content},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", token.normalized},
                     {"special", token.special}});
  }
  // Not by key: an ordered object would look every key up first.
  auto& entries = ids.get_ref<Json::object_t&>();
  for (const auto& [token, id] : vocabulary.tokens) entries.emplace_back(token, id);
  for (const auto& [left, right] : vocabulary.merges) merges.push_back(left + " " + right);
  const Json split = {{"type", "Split"},
                      {"pattern", {{"Regex", kLlama3Pattern}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  const Json bytes = {{"type", "ByteLevel"},
                      {"add_prefix_space", false},
                      {"trim_offsets", true},
                      {"use_regex", false}};
  return json_file("tokenizer.json",
                   {{"version", "1.0"},
                    {"truncation", nullptr},
                    {"padding", nullptr},
                    {"added_tokens", added},
                    {"normalizer", nullptr},
                    {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}}},
                    {"post_processor", post_processor(vocabulary)},
                    {"decoder", bytes},
                    {"model",
                     {{"type", "BPE"},
                      {"dropout", nullptr},
                      {"unk_token", nullptr},
                      {"continuing_subword_prefix", nullptr},
                      {"end_of_word_suffix", nullptr},
                      {"fuse_unk", false},
                      {"byte_fallback", false},
                      {"ignore_merges", vocabulary.whole_words},
                      {"vocab", ids},
                      {"merges", merges}}}});
}

}  // namespace puente
